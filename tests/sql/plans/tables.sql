-- The tables of queries.txt; they are only planned over, never read.
CREATE TABLE t (id INT, s STRING, v INT, d DOUBLE, n INT NOT NULL, c DECIMAL(10, 2), b BOOLEAN)
WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'json');

CREATE TABLE u (id INT, y INT, s STRING)
WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'json');

CREATE TABLE e (
  ts TIMESTAMP(3), k STRING, v INT, pt AS PROCTIME(),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'json');

CREATE TABLE f (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'json');

CREATE TABLE z (ts TIMESTAMP_LTZ(3), k STRING, v INT, WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'json');

CREATE TABLE x (
  id INT,
  r ROW<a INT, b STRING NOT NULL, q ROW<z INT NOT NULL>>,
  rn ROW<a INT NOT NULL, b STRING> NOT NULL,
  arr ARRAY<STRING>,
  ar ARRAY<ROW<p INT, q STRING>>,
  m MAP<STRING, INT>,
  ann ARRAY<INT NOT NULL> NOT NULL
) WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'json');

CREATE TABLE cl (id INT, s STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'debezium-json');

CREATE TABLE rates (
  cur STRING, rate INT, ts TIMESTAMP(3), PRIMARY KEY (cur) NOT ENFORCED,
  WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'json');

CREATE TABLE nn (
  k STRING NOT NULL, v INT NOT NULL, s STRING NOT NULL, d DOUBLE NOT NULL, ts TIMESTAMP(3) NOT NULL, pt AS PROCTIME(),
  WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'json');

-- The tables of queries.txt; each reads the file of its name in inputs/.
CREATE TABLE e (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'filesystem', 'path' = '${INPUT:e.jsonl}', 'format' = 'json');
CREATE TABLE f (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'filesystem', 'path' = '${INPUT:f.jsonl}', 'format' = 'json');
CREATE TABLE g (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' HOUR) WITH ('connector' = 'filesystem', 'path' = '${INPUT:g.jsonl}', 'format' = 'json');
CREATE TABLE t (id INT, s STRING, v INT, d DOUBLE, n INT NOT NULL, c DECIMAL(10,2), b BOOLEAN) WITH ('connector' = 'filesystem', 'path' = '${INPUT:t.jsonl}', 'format' = 'json');
CREATE TABLE u (id INT, y INT, s STRING) WITH ('connector' = 'filesystem', 'path' = '${INPUT:u.jsonl}', 'format' = 'json');
CREATE TABLE cl (id INT, s STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = '${INPUT:cl.jsonl}', 'format' = 'debezium-json');
CREATE TABLE x (id INT, r ROW<a INT, b STRING NOT NULL, q ROW<z INT NOT NULL>>, arr ARRAY<STRING>, ar ARRAY<ROW<p INT, q2 STRING>>, m MAP<STRING, INT>, ann ARRAY<INT NOT NULL> NOT NULL) WITH ('connector' = 'filesystem', 'path' = '${INPUT:x.jsonl}', 'format' = 'json');
CREATE TABLE rates (cur STRING, rate INT, ts TIMESTAMP(3), PRIMARY KEY (cur) NOT ENFORCED, WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = '${INPUT:rates.jsonl}', 'format' = 'json');

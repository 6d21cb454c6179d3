CREATE TABLE e (id INT, ts TIMESTAMP(3), k STRING, g STRING NOT NULL, v INT, w BIGINT, d DOUBLE, p DECIMAL(8, 2), a ARRAY<STRING>, r ROW<x INT, y STRING>, WATERMARK FOR ts AS ts - INTERVAL '1' HOUR)
WITH ('connector'='filesystem', 'path'='${INPUT:e.jsonl}', 'format'='json', 'json.timestamp-format.standard'='ISO-8601');
CREATE TABLE f (id INT, ts TIMESTAMP(3), k STRING, g STRING NOT NULL, v INT, w BIGINT, d DOUBLE, p DECIMAL(8, 2), a ARRAY<STRING>, r ROW<x INT, y STRING>, WATERMARK FOR ts AS ts - INTERVAL '1' HOUR)
WITH ('connector'='filesystem', 'path'='${INPUT:f.jsonl}', 'format'='json', 'json.timestamp-format.standard'='ISO-8601');
SELECT id, k, v FROM (SELECT id, k, g, v, w FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY v DESC, id) AS rn FROM e) WHERE rn <= 2) ORDER BY id LIMIT 1 OFFSET 1;

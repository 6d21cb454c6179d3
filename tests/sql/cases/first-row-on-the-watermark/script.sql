CREATE TABLE e (id INT, ts TIMESTAMP(3), k STRING, g STRING NOT NULL, v INT, w BIGINT, d DOUBLE, p DECIMAL(8, 2), a ARRAY<STRING>, r ROW<x INT, y STRING>, WATERMARK FOR ts AS ts - INTERVAL '3' SECOND)
WITH ('connector'='filesystem', 'path'='${INPUT:e.jsonl}', 'format'='json', 'json.timestamp-format.standard'='ISO-8601');
SELECT id, k, g, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts ASC) AS rn FROM e WHERE v > 0) WHERE rn = 1;

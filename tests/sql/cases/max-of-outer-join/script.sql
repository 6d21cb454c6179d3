CREATE TABLE e (id INT, ts TIMESTAMP(3), k STRING, g STRING NOT NULL, v INT, w BIGINT, d DOUBLE, p DECIMAL(8, 2), a ARRAY<STRING>, r ROW<x INT, y STRING>, WATERMARK FOR ts AS ts - INTERVAL '1' HOUR)
WITH ('connector'='filesystem', 'path'='${INPUT:e.jsonl}', 'format'='json', 'json.timestamp-format.standard'='ISO-8601');
CREATE TABLE f (id INT, ts TIMESTAMP(3), k STRING, g STRING NOT NULL, v INT, w BIGINT, d DOUBLE, p DECIMAL(8, 2), a ARRAY<STRING>, r ROW<x INT, y STRING>, WATERMARK FOR ts AS ts - INTERVAL '1' HOUR)
WITH ('connector'='filesystem', 'path'='${INPUT:f.jsonl}', 'format'='json', 'json.timestamp-format.standard'='ISO-8601');
SELECT a.k AS x, COUNT(*) AS m0, MAX(b.id) AS m1, SUM(a.v) AS m2 FROM (SELECT DISTINCT v AS id, k, g, v, w FROM e) a RIGHT JOIN (SELECT id, k, g, v, w FROM f) b ON a.k IS NOT DISTINCT FROM b.k GROUP BY a.k;

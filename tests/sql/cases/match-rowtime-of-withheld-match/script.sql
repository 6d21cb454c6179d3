CREATE TABLE e (id INT, ts TIMESTAMP(3), k STRING, name STRING, price INT, tax INT,
  WATERMARK FOR ts AS ts - INTERVAL '2' SECOND)
WITH ('connector'='filesystem', 'path'='${INPUT:e.jsonl}', 'format'='json');
SELECT * FROM e MATCH_RECOGNIZE (
  ORDER BY ts
  MEASURES LAST(id) AS m0, MATCH_ROWTIME() AS m1
  AFTER MATCH SKIP TO NEXT ROW
  PATTERN (A{0,2} B)
  DEFINE A AS COUNT(A.price) >= 1
) AS M;

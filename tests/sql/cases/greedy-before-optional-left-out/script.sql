CREATE TABLE e (id INT, ts TIMESTAMP(3), k STRING, name STRING, price INT, tax INT,
  WATERMARK FOR ts AS ts)
WITH ('connector'='filesystem', 'path'='${INPUT:e.jsonl}', 'format'='json');
SELECT * FROM e MATCH_RECOGNIZE (
  ORDER BY ts
  MEASURES AVG(A.price) AS m0, A.id AS m1, FIRST(id) AS m2, LAST(id) AS m3
  AFTER MATCH SKIP TO NEXT ROW
  PATTERN (A{1,2} B{0,2} C) WITHIN INTERVAL '2' SECOND
  DEFINE A AS name = 'a', B AS name = 'c', C AS C.name = 'a'
) AS M;

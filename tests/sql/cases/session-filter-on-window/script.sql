-- The condition on the window goes below the aggregate, which is a window aggregate still.
CREATE TABLE e (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
    WITH ('connector' = 'filesystem', 'path' = '${INPUT:e.jsonl}', 'format' = 'json');
CREATE TEMPORARY VIEW sessions AS
    SELECT k, TIMESTAMPDIFF(SECOND, window_start, window_end - INTERVAL '30' SECOND) AS secs,
        COUNT(*) AS n, SUM(v) AS s, ARRAY_AGG(DISTINCT v) AS vs, window_time AS ended
    FROM TABLE(SESSION(TABLE e PARTITION BY k, DESCRIPTOR(ts), INTERVAL '30' SECOND))
    GROUP BY k, window_start, window_end, window_time;
SELECT k, secs, n, s, CARDINALITY(vs) AS c, ended FROM sessions WHERE secs > 20 AND n > 1;

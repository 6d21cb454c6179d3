-- Session windows.
CREATE TABLE answer (ended TIMESTAMP_LTZ(3), seconds INT, sessionid STRING) WITH ('connector' = 'filesystem', 'path' = '${OUTPUT}', 'format' = 'json');
INSERT INTO answer
SELECT window_time, TIMESTAMPDIFF(SECOND, window_start, window_end - INTERVAL '15' MINUTES), sessionid
FROM TABLE(SESSION(TABLE clicks PARTITION BY sessionid, DESCRIPTOR(`timestamp`), INTERVAL '15' MINUTES))
GROUP BY sessionid, window_start, window_end, window_time;

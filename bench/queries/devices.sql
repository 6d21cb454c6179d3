-- Distinct count in tumbling windows.
CREATE TABLE answer (starts TIMESTAMP(3), device STRING, sessions BIGINT) WITH ('connector' = 'filesystem', 'path' = '${OUTPUT}', 'format' = 'json');
INSERT INTO answer
SELECT window_start, context.device.type, COUNT(DISTINCT sessionid)
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(`timestamp`), INTERVAL '1' HOUR))
GROUP BY window_start, window_end, context.device.type;

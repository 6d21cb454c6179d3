-- Top-N in tumbling windows.
CREATE TABLE answer (starts TIMESTAMP(3), place BIGINT, browser STRING, sessions BIGINT) WITH ('connector' = 'filesystem', 'path' = '${OUTPUT}', 'format' = 'json');
INSERT INTO answer
SELECT window_start, place, browser, sessions
FROM (
    SELECT window_start, browser, sessions,
        ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY sessions DESC, browser) AS place
    FROM (
        SELECT window_start, window_end, context.browser.name AS browser, COUNT(DISTINCT sessionid) AS sessions
        FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(`timestamp`), INTERVAL '1' HOUR))
        GROUP BY window_start, window_end, context.browser.name
    )
)
WHERE place <= 3;

-- How many sessions each type of device had in each minute, and the three browsers with the most sessions.
--
-- For an hour's windows instead of a minute's, write INTERVAL '1' HOUR in both places. A window's rows come once, when
-- the watermark passes its end; a device that nobody used has no row.

CREATE TABLE device_types (
    window_start TIMESTAMP(3),
    device_type  STRING,
    sessions     BIGINT
) WITH ('connector' = 'kafka', 'topic' = 'device_types', 'value.format' = 'avro');

CREATE TABLE top_browsers (
    window_start TIMESTAMP(3),
    place        BIGINT,
    browser      STRING,
    sessions     BIGINT
) WITH ('connector' = 'kafka', 'topic' = 'top_browsers', 'value.format' = 'avro');

CREATE TEMPORARY VIEW browser_usage AS
    SELECT
        window_start,
        window_end,
        context.browser.name      AS browser,
        COUNT(DISTINCT sessionid) AS sessions
    FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, context.browser.name;

EXECUTE STATEMENT SET
BEGIN

INSERT INTO device_types
    SELECT
        window_start,
        context.device.type,
        COUNT(DISTINCT sessionid)
    FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, context.device.type;

-- Both bounds of the window in PARTITION BY make this a window Top-N: three rows, once, and never a correction.
-- Browsers with equally many sessions are put in the order of their names.
INSERT INTO top_browsers
    SELECT window_start, place, browser, sessions
    FROM (
        SELECT
            window_start,
            browser,
            sessions,
            ROW_NUMBER() OVER (
                PARTITION BY window_start, window_end
                ORDER BY sessions DESC, browser
            ) AS place
        FROM browser_usage
    )
    WHERE place <= 3;

END;

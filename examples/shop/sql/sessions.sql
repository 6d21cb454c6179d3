-- How long sessions are, and the shortest, the longest and the average of those that ended in each minute.
--
-- A session ends when its visitor has been quiet for 30 seconds. For the usual 15 minutes, write INTERVAL '15' MINUTES
-- in all three places, and INTERVAL '1' HOUR for averages of an hour. Two clicks exactly one gap apart belong to one
-- session. The time of a session's row is its last click plus the gap: averages count it in the minute in which it
-- has ended.

CREATE TABLE session_durations (
    ended         TIMESTAMP_LTZ(3),
    duration_secs INT,
    clicks        BIGINT,
    sessionid     STRING
) WITH ('connector' = 'kafka', 'topic' = 'session_durations', 'value.format' = 'avro');

CREATE TABLE session_averages (
    window_start  TIMESTAMP(3),
    sessions      BIGINT,
    shortest_secs INT,
    average_secs  INT,
    longest_secs  INT
) WITH ('connector' = 'kafka', 'topic' = 'session_averages', 'value.format' = 'avro');

CREATE TEMPORARY VIEW sessions AS
    SELECT
        sessionid,
        TIMESTAMPDIFF(SECOND, window_start, window_end - INTERVAL '30' SECOND) AS duration_secs,
        COUNT(*)    AS clicks,
        window_time AS ended
    FROM TABLE(
        SESSION(TABLE clicks PARTITION BY sessionid, DESCRIPTOR(event_time), INTERVAL '30' SECOND)
    )
    GROUP BY sessionid, window_start, window_end, window_time;

EXECUTE STATEMENT SET
BEGIN

INSERT INTO session_durations
    SELECT ended, duration_secs, clicks, sessionid FROM sessions;

-- AVG of whole numbers is a whole number: the fraction is cut off.
INSERT INTO session_averages
    SELECT
        window_start,
        COUNT(sessionid),
        MIN(duration_secs),
        AVG(duration_secs),
        MAX(duration_secs)
    FROM TABLE(TUMBLE(TABLE sessions, DESCRIPTOR(ended), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end;

END;

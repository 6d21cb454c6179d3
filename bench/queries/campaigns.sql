-- URL transform.
CREATE TABLE answer (clicked TIMESTAMP_LTZ(3), sessionid STRING, type STRING, source STRING, medium STRING, campaign STRING,
    content STRING, term STRING) WITH ('connector' = 'filesystem', 'path' = '${OUTPUT}', 'format' = 'json');
INSERT INTO answer
SELECT `timestamp`, sessionid, type, PARSE_URL(url, 'QUERY', 'utm_source'), PARSE_URL(url, 'QUERY', 'utm_medium'),
    PARSE_URL(url, 'QUERY', 'utm_campaign'), PARSE_URL(url, 'QUERY', 'utm_content'), PARSE_URL(url, 'QUERY', 'utm_term')
FROM clicks
WHERE REGEXP(PARSE_URL(url, 'QUERY'), '(^|&)utm_');

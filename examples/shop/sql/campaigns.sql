-- Which campaign brought a visitor: the utm_ parameters of the address of each click.
--
-- PARSE_URL gives a parameter as it stands in the address (not decoded), and NULL where there is none. REGEXP of NULL
-- is NULL, not FALSE, so an address without any parameters is filtered by IS TRUE and would slip through NOT.

CREATE TABLE campaign_clicks (
    event_time   TIMESTAMP_LTZ(3),
    utm_source   STRING,
    utm_medium   STRING,
    utm_campaign STRING,
    utm_content  STRING,
    utm_term     STRING,
    type         STRING,
    sessionid    STRING
) WITH ('connector' = 'kafka', 'topic' = 'campaign_clicks', 'value.format' = 'avro');

CREATE TEMPORARY VIEW click_campaigns AS
    SELECT
        event_time,
        sessionid,
        type,
        REGEXP(PARSE_URL(url, 'QUERY'), '(^|&)utm_') AS from_campaign,
        PARSE_URL(url, 'QUERY', 'utm_source')        AS utm_source,
        PARSE_URL(url, 'QUERY', 'utm_medium')        AS utm_medium,
        PARSE_URL(url, 'QUERY', 'utm_campaign')      AS utm_campaign,
        PARSE_URL(url, 'QUERY', 'utm_content')       AS utm_content,
        PARSE_URL(url, 'QUERY', 'utm_term')          AS utm_term
    FROM clicks;

INSERT INTO campaign_clicks
    SELECT event_time, utm_source, utm_medium, utm_campaign, utm_content, utm_term, type, sessionid
    FROM click_campaigns
    WHERE from_campaign IS TRUE;

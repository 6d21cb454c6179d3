-- Clicks and registrations as JSON lines. Neither system is told anything about the data beyond this.
CREATE TABLE clicks (
    sessionid   STRING NOT NULL,
    eventid     STRING NOT NULL,
    type        STRING NOT NULL,
    context     ROW<
                    device  ROW<type STRING NOT NULL, os STRING NOT NULL, resolution STRING NOT NULL> NOT NULL,
                    browser ROW<
                        name      STRING NOT NULL,
                        version   STRING NOT NULL,
                        useragent STRING NOT NULL,
                        enabled   ROW<cookies BOOLEAN NOT NULL, javascript BOOLEAN NOT NULL> NOT NULL
                    > NOT NULL,
                    ipaddress  STRING NOT NULL,
                    donottrack BOOLEAN NOT NULL
                > NOT NULL,
    referrer    STRING,
    customer    ROW<id STRING NOT NULL, name STRING NOT NULL, emails ARRAY<STRING NOT NULL> NOT NULL>,
    url         STRING NOT NULL,
    product     STRING,
    `timestamp` TIMESTAMP_LTZ(3) NOT NULL,
    WATERMARK FOR `timestamp` AS `timestamp` - INTERVAL '1' SECOND
) WITH (
    'connector' = 'filesystem', 'path' = '${CLICKS}', 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE registrations (
    customerid   STRING NOT NULL,
    customername STRING NOT NULL,
    registered   TIMESTAMP_LTZ(3) NOT NULL,
    WATERMARK FOR registered AS registered - INTERVAL '1' SECOND
) WITH (
    'connector' = 'filesystem', 'path' = '${REGISTRATIONS}', 'format' = 'json',
    'json.timestamp-format.standard' = 'ISO-8601'
);

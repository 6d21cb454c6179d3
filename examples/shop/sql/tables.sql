-- The tables that all queries of the shop read.
--
-- 'connector' = 'kafka' without a broker means the local topic of that name, a folder under DATA/topics. With
-- 'properties.bootstrap.servers' the same text reads Kafka, in riverrun or on a Flink cluster.

CREATE TABLE clicks (
    sessionid    STRING NOT NULL,
    eventid      STRING NOT NULL,
    type         STRING NOT NULL,
    context      ROW<
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
    referrer     STRING,
    customer     ROW<id STRING NOT NULL, name STRING NOT NULL, emails ARRAY<STRING NOT NULL> NOT NULL>,
    url          STRING NOT NULL,
    product      STRING,
    `timestamp`  STRING NOT NULL,
    -- The time of a topic's entry is the time of the click, as the mapping set it. A click may come up to two seconds
    -- after a later one; one that comes later still is counted as late and left out of windows that have closed.
    event_time   TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
    WATERMARK FOR event_time AS event_time - INTERVAL '2' SECOND
) WITH (
    'connector' = 'kafka',
    'topic' = 'clicks',
    'scan.startup.mode' = 'earliest-offset',
    'value.format' = 'avro'
);

CREATE TABLE registrations (
    customerid   STRING NOT NULL,
    customername STRING NOT NULL,
    registered   STRING NOT NULL,
    event_time   TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
    WATERMARK FOR event_time AS event_time - INTERVAL '2' SECOND
) WITH (
    'connector' = 'kafka',
    'topic' = 'registrations',
    'scan.startup.mode' = 'earliest-offset',
    'value.format' = 'avro'
);

-- What led to a purchase: a search, or browsing through pages? Two row patterns over the clicks of each session.
--
-- Rows of a match follow each other without a gap, so a click that no variable takes ends the attempt: a second search
-- after other pages begins a new one. The `+?` takes as few rows as it can; Flink refuses a greedy `+` before `other*`.
-- Without WITHIN every session that never buys would stay in the state for ever.
--
-- `steps` are all clicks of the match: ARRAY_AGG over no variable in particular cannot be empty. The walkthrough
-- concatenates the arrays of three variables, and fails as soon as one of them has no row (its ARRAY_AGG is NULL).

CREATE TABLE purchases (
    completed   TIMESTAMP_LTZ(3),
    buy_pattern STRING,
    seconds     INT,
    steps       ARRAY<STRING>,
    sessionid   STRING
) WITH ('connector' = 'kafka', 'topic' = 'purchases', 'value.format' = 'avro');

CREATE TEMPORARY VIEW search_purchases AS
    SELECT sessionid, CAST('search' AS STRING) AS buy_pattern, started, completed, steps
    FROM clicks
    MATCH_RECOGNIZE (
        PARTITION BY sessionid
        ORDER BY event_time
        MEASURES
            FIRST(searching.event_time) AS started,
            checkout.event_time         AS completed,
            ARRAY_AGG(type)             AS steps
        ONE ROW PER MATCH
        AFTER MATCH SKIP PAST LAST ROW
        PATTERN (searching+? other* adding anything* checkout) WITHIN INTERVAL '1' HOUR
        DEFINE
            searching AS searching.type = 'SEARCH',
            other     AS other.type IN ('PAGE_VIEW', 'PRODUCT_VIEW', 'REMOVE_FROM_CART', 'CART_VIEW', 'CHECKOUT_START',
                                        'LOGIN'),
            adding    AS adding.type = 'ADD_TO_CART',
            anything  AS anything.type <> 'CHECKOUT_COMPLETE',
            checkout  AS checkout.type = 'CHECKOUT_COMPLETE'
    );

CREATE TEMPORARY VIEW browsing_purchases AS
    SELECT sessionid, CAST('browsing' AS STRING) AS buy_pattern, started, completed, steps
    FROM clicks
    MATCH_RECOGNIZE (
        PARTITION BY sessionid
        ORDER BY event_time
        MEASURES
            FIRST(browsing.event_time) AS started,
            checkout.event_time        AS completed,
            ARRAY_AGG(type)            AS steps
        ONE ROW PER MATCH
        AFTER MATCH SKIP PAST LAST ROW
        PATTERN (browsing+? other* adding anything* checkout) WITHIN INTERVAL '1' HOUR
        DEFINE
            browsing AS browsing.type = 'PAGE_VIEW',
            other    AS other.type IN ('PRODUCT_VIEW', 'REMOVE_FROM_CART', 'CART_VIEW', 'CHECKOUT_START', 'LOGIN'),
            adding   AS adding.type = 'ADD_TO_CART',
            anything AS anything.type IN ('PAGE_VIEW', 'PRODUCT_VIEW', 'ADD_TO_CART', 'REMOVE_FROM_CART', 'CART_VIEW',
                                          'CHECKOUT_START', 'LOGIN'),
            checkout AS checkout.type = 'CHECKOUT_COMPLETE'
    );

-- A purchase that both led to is in the result twice, once with each pattern.
INSERT INTO purchases
    SELECT completed, buy_pattern, TIMESTAMPDIFF(SECOND, started, completed), steps, sessionid FROM search_purchases
    UNION ALL
    SELECT completed, buy_pattern, TIMESTAMPDIFF(SECOND, started, completed), steps, sessionid FROM browsing_purchases;

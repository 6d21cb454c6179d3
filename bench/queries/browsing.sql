-- A pattern: purchases that began with a page.
CREATE TABLE answer (bought TIMESTAMP_LTZ(3), sessionid STRING, found ARRAY<STRING>, others ARRAY<STRING>,
    following ARRAY<STRING>) WITH ('connector' = 'filesystem', 'path' = '${OUTPUT}', 'format' = 'json');
INSERT INTO answer
SELECT bought, sessionid, CAST(found AS ARRAY<STRING>), CAST(others AS ARRAY<STRING>), CAST(following AS ARRAY<STRING>)
FROM (SELECT sessionid, CAST(type AS STRING) AS type, `timestamp` FROM clicks)
MATCH_RECOGNIZE (
    PARTITION BY sessionid
    ORDER BY `timestamp`
    MEASURES
        checkout.`timestamp` AS bought,
        ARRAY_AGG(browsing.type) AS found,
        ARRAY_AGG(other.type) AS others,
        ARRAY_AGG(anything.type) AS following
    ONE ROW PER MATCH
    AFTER MATCH SKIP PAST LAST ROW
    PATTERN (browsing+? other* adding anything* checkout)
    DEFINE
        browsing AS browsing.type = 'PAGE_VIEW',
        adding AS adding.type = 'ADD_TO_CART',
        checkout AS checkout.type = 'CHECKOUT_COMPLETE',
        other AS other.type IN ('PRODUCT_VIEW', 'REMOVE_FROM_CART', 'CART_VIEW', 'CHECKOUT_START', 'LOGIN'),
        anything AS anything.type IN ('ADD_TO_CART', 'PAGE_VIEW', 'PRODUCT_VIEW', 'REMOVE_FROM_CART', 'CART_VIEW',
            'CHECKOUT_START', 'LOGIN')
);

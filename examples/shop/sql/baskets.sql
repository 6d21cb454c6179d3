-- Abandoned baskets: sessions of more than a minute, of a known customer, that ended with something in the basket and
-- without a checkout.
--
-- The walkthrough that this follows writes ARRAY_EXCEPT(ARRAY_AGG(added), ARRAY_AGG(removed)) and loses most baskets:
-- ARRAY_AGG of no rows is NULL and not an empty array, and ARRAY_EXCEPT with a NULL is NULL, so every session in which
-- nothing was removed falls out. (riverrun lint finds this.) COALESCE gives an array that holds one NULL instead, on
-- both sides, since an empty ARRAY[] has no type; the NULLs take each other away again.
--
-- ARRAY_EXCEPT works on sets: a product that was put back after its removal counts as removed.
--
-- As in sessions.sql, INTERVAL '15' MINUTES (three times) makes the gap the usual one.

CREATE TABLE abandoned_baskets (
    ended         TIMESTAMP_LTZ(3),
    products      ARRAY<STRING>,
    duration_secs INT,
    customer_id   STRING,
    sessionid     STRING
) WITH ('connector' = 'kafka', 'topic' = 'abandoned_baskets', 'value.format' = 'avro');

CREATE TEMPORARY VIEW baskets AS
    SELECT
        sessionid,
        TIMESTAMPDIFF(SECOND, window_start, window_end - INTERVAL '30' SECOND) AS duration_secs,
        ARRAY_EXCEPT(
            COALESCE(
                ARRAY_AGG(CASE WHEN type = 'ADD_TO_CART' THEN product END IGNORE NULLS),
                ARRAY[CAST(NULL AS STRING)]
            ),
            COALESCE(
                ARRAY_AGG(CASE WHEN type = 'REMOVE_FROM_CART' THEN product END IGNORE NULLS),
                ARRAY[CAST(NULL AS STRING)]
            )
        ) AS products,
        MAX(CASE WHEN type = 'CHECKOUT_COMPLETE' THEN 1 ELSE 0 END) = 1 AS checked_out,
        -- Clicks before the login have no customer; one that has it is enough.
        ARRAY_AGG(DISTINCT customer.id IGNORE NULLS)[1] AS customer_id,
        window_time AS ended
    FROM TABLE(
        SESSION(TABLE clicks PARTITION BY sessionid, DESCRIPTOR(event_time), INTERVAL '30' SECOND)
    )
    GROUP BY sessionid, window_start, window_end, window_time;

INSERT INTO abandoned_baskets
    SELECT ended, products, duration_secs, customer_id, sessionid
    FROM baskets
    WHERE duration_secs > 60
        AND CARDINALITY(products) > 0
        AND NOT checked_out
        AND customer_id IS NOT NULL;

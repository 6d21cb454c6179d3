-- Arrays in session windows.
CREATE TABLE answer (ended TIMESTAMP_LTZ(3), customer STRING, products ARRAY<STRING>) WITH ('connector' = 'filesystem', 'path' = '${OUTPUT}', 'format' = 'json');
CREATE TEMPORARY VIEW baskets AS
SELECT sessionid, window_time AS ended,
    TIMESTAMPDIFF(SECOND, window_start, window_end - INTERVAL '15' MINUTES) AS seconds,
    ARRAY_EXCEPT(
        ARRAY_AGG(CASE WHEN type = 'ADD_TO_CART' THEN product ELSE NULL END IGNORE NULLS),
        COALESCE(
            ARRAY_AGG(CASE WHEN type = 'REMOVE_FROM_CART' THEN product ELSE NULL END IGNORE NULLS),
            ARRAY[CAST(NULL AS STRING)]
        )
    ) AS products,
    MAX(CASE WHEN type = 'CHECKOUT_COMPLETE' THEN 1 ELSE 0 END) = 1 AS checked_out,
    ARRAY_AGG(DISTINCT customer.id IGNORE NULLS)[1] AS customer
FROM TABLE(SESSION(TABLE clicks PARTITION BY sessionid, DESCRIPTOR(`timestamp`), INTERVAL '15' MINUTES))
GROUP BY sessionid, window_start, window_end, window_time;
INSERT INTO answer
SELECT ended, customer, products FROM baskets
WHERE seconds > 60 AND CARDINALITY(products) > 0 AND checked_out IS FALSE AND customer IS NOT NULL;

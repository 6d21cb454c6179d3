-- Interval join.
CREATE TABLE answer (registered TIMESTAMP(3), clicked TIMESTAMP(3), customer STRING, type STRING, product STRING) WITH ('connector' = 'filesystem', 'path' = '${OUTPUT}', 'format' = 'json');
INSERT INTO answer
SELECT CAST(registrations.registered AS TIMESTAMP(3)), CAST(clicks.`timestamp` AS TIMESTAMP(3)), customername, type,
    product
FROM registrations
JOIN clicks
    ON clicks.customer.id = registrations.customerid
    AND clicks.`timestamp` BETWEEN registrations.registered AND registrations.registered + INTERVAL '1' HOUR;

-- What new customers click: every click of a customer within an hour of her registration.
--
-- An interval join forgets a registration when the hour is over, so its state stays small. Both bounds belong to the
-- interval. A click before the login has no customer, and NULL joins with nothing.
--
-- The join has two time attributes; a table can take one. CAST makes an ordinary timestamp of the other.

CREATE TABLE new_customer_clicks (
    click_time        TIMESTAMP_LTZ(3),
    registration_time TIMESTAMP_LTZ(3),
    type              STRING,
    product           STRING,
    customer_name     STRING,
    customer_id       STRING,
    sessionid         STRING
) WITH ('connector' = 'kafka', 'topic' = 'new_customer_clicks', 'value.format' = 'avro');

INSERT INTO new_customer_clicks
    SELECT
        clicks.event_time,
        CAST(registrations.event_time AS TIMESTAMP_LTZ(3)),
        clicks.type,
        clicks.product,
        registrations.customername,
        registrations.customerid,
        clicks.sessionid
    FROM registrations
    JOIN clicks
        ON clicks.customer.id = registrations.customerid
        AND clicks.event_time BETWEEN registrations.event_time
                                  AND registrations.event_time + INTERVAL '1' HOUR;

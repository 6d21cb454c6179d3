"""Trees to relations: names, types, aggregates, windows, subqueries. What is wrong with a query is found here."""

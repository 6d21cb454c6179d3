"""Avro schemas, their evolution and registries; and one table of the types of Flink SQL, Avro, DuckDB and Arrow."""

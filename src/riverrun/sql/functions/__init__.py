"""Functions and operators of Flink SQL: one entry each."""

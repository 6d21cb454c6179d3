"""Formats: rows of a table to bytes and back, as Flink's formats do it."""

"""Flink SQL text to a typed plan: lexer, parser, binder, planner, functions, lint. No I/O, no clock."""

"""The same SQL text on a real Flink cluster."""

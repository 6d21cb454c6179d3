"""The collector: HTTP in, durable events out; the answer leaves when the event is on disk."""

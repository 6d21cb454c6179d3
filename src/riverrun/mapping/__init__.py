"""Mapping: your script and your Avro schema make records of events, or say why not."""

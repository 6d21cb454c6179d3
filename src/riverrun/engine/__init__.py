"""The engine: runs a plan over Arrow batches with DuckDB; state and checkpoints in one file per job."""

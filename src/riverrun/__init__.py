"""riverrun: from a click in a browser to a Flink SQL answer, in one process tree."""

__version__ = "0.1.0.dev0"

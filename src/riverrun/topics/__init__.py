"""Durable append-only topics: the only thing rooms say to each other. Local folders of Avro files by default."""

from riverrun.topics.entry import Entry, Position, Stored
from riverrun.topics.local import LocalTopics, TopicReader, TopicWriter, WriterOptions

__all__ = ["Entry", "LocalTopics", "Position", "Stored", "TopicReader", "TopicWriter", "WriterOptions"]

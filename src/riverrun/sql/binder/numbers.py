"""Column numbers while a query is being bound: placeholders get their numbers when the relation is known."""

from __future__ import annotations


class Others(dict[int, int]):
    """Old number -> new number. Numbers that are not listed stay: they are other placeholders."""

    def __missing__(self, key: int) -> int:
        return key

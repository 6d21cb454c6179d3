"""The DuckDBs of this process: one evaluates expressions, one reads files. They are in memory, hold no tables, and
fetch nothing from the network."""

from __future__ import annotations

import threading

import duckdb

_ALONE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
_lock = threading.RLock()
_open: dict[str, duckdb.DuckDBPyConnection] = {}


def for_expressions() -> duckdb.DuckDBPyConnection:
    """The connection of the one for expressions, which is never closed; callers take a `cursor` of it."""
    with _lock:
        if "expressions" not in _open:
            connection = duckdb.connect(config={**_ALONE, "threads": 2})
            connection.execute("SET preserve_insertion_order = true")
            # As a join, a long IN list would lose the order of rows; as an adaptive filter, an AND would lose the order
            # in which its parts guard each other.
            connection.execute("SET GLOBAL disabled_optimizers = 'in_clause,reorder_filter'")
            _open["expressions"] = connection
        return _open["expressions"]


def for_files() -> duckdb.DuckDBPyConnection:
    """As `for_expressions`, of the one that reads files, with all processors."""
    with _lock:
        if "files" not in _open:
            _open["files"] = duckdb.connect(config=dict(_ALONE))
        return _open["files"]


def open_ahead() -> None:
    """Open both in a thread: that takes as long as to import some modules, and does not need Python."""

    def both() -> None:
        for_expressions()
        for_files()

    threading.Thread(target=both, name="open DuckDB", daemon=True).start()

"""Ask a Flink SQL query over the topics as they are now. Every topic is a table of its name, with the fields of its
records as columns, and with `event_time`, the time of its entries.

examples:
  riverrun sql "SELECT type, COUNT(*) AS clicks FROM clicks GROUP BY type"
  riverrun sql "SHOW TABLES"
  riverrun sql "DESCRIBE clicks" --data data/demo
  riverrun sql "SELECT url, event_time FROM clicks WHERE type = 'SEARCH'" --output json | head
"""

from __future__ import annotations

import argparse
import sys
import threading

from riverrun.cli.main import add_data
from riverrun.errors import InputError

OUTPUTS = ("table", "json", "changelog", "none")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", metavar="QUERY", help="a query, or statements that end with one")
    parser.add_argument("--output", choices=OUTPUTS, default="table", help="how rows are printed (default: table)")
    parser.add_argument("--json", action="store_const", const="json", dest="output", help="the same as --output json")
    add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    if not arguments.data.is_dir():
        raise InputError(f"no folder {arguments.data}", todo="name the folder that holds topics with --data DIR")
    from riverrun.connectors.protocol import Surroundings
    from riverrun.engine.driver import run_script
    from riverrun.engine.topic_tables import topic_tables

    _refuse_inserts(arguments.query)
    tables = [(text, f"topic {name}") for name, text in topic_tables(arguments.data).items()]
    around = Surroundings(data=arguments.data, job="sql", bounded=True)
    texts = [*tables, (arguments.query, None)]
    run_script(texts, around, name="sql", output=arguments.output, out=sys.stdout, until=threading.Event, drain=True)
    return 0


def _refuse_inserts(text: str) -> None:
    from riverrun.sql.script import parse_script
    from riverrun.sql.tree import statements as tree

    for statement in parse_script(text):
        told = statement.tree
        written = told.statement if isinstance(told, tree.Explain) and told.analyze else told
        if isinstance(written, tree.Insert | tree.StatementSet):
            where = statement.source.where(statement.span)
            raise InputError("INSERT writes, and riverrun sql only asks", where=where, todo="use riverrun run FILE.sql")

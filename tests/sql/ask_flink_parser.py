"""Runs where PyFlink is: asks Flink's parser about statements (argv 1, JSON) and keywords; writes argv 2."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pyflink.java_gateway import get_gateway
from pyflink.table import EnvironmentSettings, TableEnvironment


def parser(environment: Any) -> Any:
    """Flink's parser without its validator."""
    planner_parser = environment._j_tenv.getParser()
    supplier = planner_parser.getClass().getDeclaredField("calciteParserSupplier")
    supplier.setAccessible(True)
    return supplier.get(planner_parser).get()


def takes(calcite: Any, text: str) -> bool:
    try:
        calcite.parseSqlList(text)
    except Exception:  # noqa: BLE001  # whatever Java threw, it refused
        return False
    return True


def metadata(calcite: Any) -> Any:
    config_field = calcite.getClass().getDeclaredField("config")
    config_field.setAccessible(True)
    loader = calcite.getClass().getClassLoader()
    methods = loader.loadClass("org.apache.calcite.sql.parser.SqlParser").getDeclaredMethods()
    create = next(
        m
        for m in methods
        if m.getName() == "create" and m.getParameterCount() == 2 and "String" in m.getParameterTypes()[0].getName()
    )
    gateway = get_gateway()
    arguments = gateway.new_array(gateway.jvm.java.lang.Object, 2)
    arguments[0], arguments[1] = "SELECT 1", config_field.get(calcite)
    return create.invoke(None, arguments).getMetadata()


def main() -> None:
    statements = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    calcite = parser(TableEnvironment.create(EnvironmentSettings.in_streaming_mode()))
    words = metadata(calcite)
    tokens = list(words.getTokens())
    answer = {
        "taken": [takes(calcite, text) for text in statements],
        "reserved": [word for word in tokens if words.isReservedWord(word)],
        "non_reserved": [word for word in tokens if words.isNonReservedKeyword(word)],
        "functions": [word for word in tokens if words.isReservedFunctionName(word)],
        "variables": [word for word in tokens if words.isContextVariableName(word)],
    }
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


main()

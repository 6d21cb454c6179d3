"""Runs SQL scripts on PyFlink and prints what came of each as a line of JSON. For the Python of Flink's environment.

usage: python flink_answers.py REQUESTS.json   # [{"id": ..., "statements": [...], "config": {...}}, ...]
"""

from __future__ import annotations

import json
import re
import struct
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

DEFAULTS = {
    "execution.runtime-mode": "STREAMING",
    "parallelism.default": "1",
    "table.local-time-zone": "UTC",
    "pipeline.auto-watermark-interval": "0 ms",
    "restart-strategy.type": "none",
}
_SET = re.compile(r"(?is)\A(set|reset)\s+'([^']*)'(?:\s*=\s*'((?:[^']|'')*)')?\Z")
_QUERY = re.compile(r"(?is)\A[\s(]*(select|with|values|show|describe|desc|explain|from)\b")
_JOB = re.compile(r"(?is)\A\s*(insert|execute|begin)\b")


def main(path: str) -> None:
    from pyflink.java_gateway import get_gateway

    jvm = get_gateway().jvm
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # a script of few lines for an old Python
        requests = json.load(file)
    for request in requests:
        answer = Answer(jvm)
        answer.run(request["statements"], request.get("config", {}))
        print("ANSWER " + json.dumps({"id": request["id"], **answer.found}), flush=True)


class Answer:
    def __init__(self, jvm: Any) -> None:
        self._jvm = jvm
        self.found: dict[str, Any] = {}

    def run(self, statements: list[str], config: dict[str, str]) -> None:
        at = ["statement", 0]
        try:
            environment = _environment({**DEFAULTS, **config})
            for number, text in enumerate(statements, 1):
                at = ["statement", number]
                option = _SET.match(text)
                if option:
                    _set(environment, *option.groups())
                    continue
                result = environment.execute_sql(text)._j_table_result
                at = ["runtime", number]
                if _QUERY.match(text):
                    self._collect(result)
                elif _JOB.match(text):
                    getattr(result, "await")()
        except Exception as error:  # noqa: BLE001  # whatever Flink throws is the answer
            self.found["error"] = {"phase": at[0], "statement": at[1], "message": _root_message(error)}

    def _collect(self, result: Any) -> None:
        columns = result.getResolvedSchema().getColumns()
        types = [columns.get(n).getDataType().getLogicalType() for n in range(columns.size())]
        self.found["columns"] = [
            {"name": columns.get(n).getName(), "type": kind.asSummaryString()} for n, kind in enumerate(types)
        ]
        changes = self.found["changelog"] = []
        rows = result.collect()
        try:
            while rows.hasNext():
                row = rows.next()
                values = [self._value(row.getField(n), kind) for n, kind in enumerate(types)]
                changes.append([row.getKind().shortString(), values])
        finally:
            rows.close()

    def _value(self, value: Any, kind: Any) -> Any:
        """A Java value as JSON (docs/sql/types.md)."""
        root = str(kind.getTypeRoot().name())
        if value is None or root in ("CHAR", "VARCHAR", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"):
            return value
        if root in ("FLOAT", "DOUBLE"):
            return _number(float(value), single=root == "FLOAT")
        if root == "DECIMAL":
            return format(value, "f") if isinstance(value, Decimal) else value.toPlainString()
        if root in ("BINARY", "VARBINARY"):
            return "hex:" + bytes(value).hex()
        if root == "TIME_WITHOUT_TIME_ZONE":
            text = value.toString()
            return text + ":00" if text.count(":") == 1 else text
        if root == "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
            time = self._jvm.java.time
            return _timestamp(time.LocalDateTime.ofInstant(value, time.ZoneOffset.UTC)) + "Z"
        if root == "TIMESTAMP_WITHOUT_TIME_ZONE":
            return _timestamp(value)
        if root == "INTERVAL_DAY_TIME":
            return {"$interval_ms": value.toMillis()}
        if root == "INTERVAL_YEAR_MONTH":
            return {"$interval_months": value.toTotalMonths()}
        return self._nested(value, kind, root)

    def _nested(self, value: Any, kind: Any, root: str) -> Any:
        if root == "ARRAY":
            return [self._value(item, kind.getElementType()) for item in value]
        if root in ("ROW", "STRUCTURED_TYPE"):
            fields = kind.getFields() if root == "ROW" else kind.getAttributes()
            listed = [fields.get(n) for n in range(fields.size())]
            return {one.getName(): self._value(value.getField(n), one.getType()) for n, one in enumerate(listed)}
        if root == "MAP":
            pairs = [
                [self._value(key, kind.getKeyType()), self._value(item, kind.getValueType())]
                for key, item in _entries(value)
            ]
            return {"$map": sorted(pairs, key=lambda pair: json.dumps(pair, sort_keys=True))}
        if root == "MULTISET":
            pairs = [[self._value(item, kind.getElementType()), count] for item, count in _entries(value)]
            return {"$map": sorted(pairs, key=lambda pair: json.dumps(pair, sort_keys=True))}
        return str(value.toString())


def _environment(config: dict[str, str]) -> Any:
    from pyflink.common import Configuration
    from pyflink.table import EnvironmentSettings, TableEnvironment

    settings = Configuration()
    for key, value in config.items():
        settings.set_string(key, value)
    builder = EnvironmentSettings.new_instance().with_configuration(settings).in_streaming_mode()
    made = TableEnvironment.create(builder.build())
    for key, value in config.items():
        if key.startswith(("table.", "pipeline.")):
            made.get_config().set(key, value)
    return made


def _set(environment: Any, verb: str, key: str, value: str | None) -> None:
    if verb.lower() == "set" and value is not None:
        environment.get_config().set(key, value.replace("''", "'"))


def _entries(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = value.entrySet().iterator()
    while entries.hasNext():
        entry = entries.next()
        yield entry.getKey(), entry.getValue()


def _number(value: float, *, single: bool) -> Any:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if not single:
        return value
    for digits in range(1, 18):
        text = f"{value:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", value):
            return float(text)
    return value


def _timestamp(value: Any) -> str:
    text = (
        f"{value.getYear():04d}-{value.getMonthValue():02d}-{value.getDayOfMonth():02d} "
        f"{value.getHour():02d}:{value.getMinute():02d}:{value.getSecond():02d}"
    )
    nanos = value.getNano()
    return f"{text}.{nanos:09d}".rstrip("0") if nanos else text


def _root_message(error: BaseException) -> str:
    """What the innermost Java exception says."""
    java = getattr(error, "java_exception", None) or getattr(getattr(error, "__cause__", None), "java_exception", None)
    text = str(error).split("\n")[0]
    while java is not None:
        text = f"{java.getClass().getName()}: {java.getMessage()}"
        java = java.getCause()
    return text[:1000]


if __name__ == "__main__":
    main(sys.argv[1])

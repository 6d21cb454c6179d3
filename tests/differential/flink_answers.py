"""Runs SQL scripts on PyFlink and prints what came of each as a line of JSON. For the Python of Flink's environment.

usage: python flink_answers.py REQUESTS.json   # [{"id": ..., "statements": [...], "config": {...}}, ...]

A request with "expressions" has a table `t` with a column `n` made by its statements; each expression over it is told
its type and its values in the order of `n`, or its error.
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
_TOGETHER = 40
_SET = re.compile(r"(?is)\A(set|reset)\s+'([^']*)'(?:\s*=\s*'((?:[^']|'')*)')?\Z")
_QUERY = re.compile(r"(?is)\A[\s(]*(select|with|values|show|describe|desc|explain|from)\b")
_JOB = re.compile(r"(?is)\A\s*(insert|execute|begin)\b")


def main(path: str) -> None:
    from pyflink.java_gateway import get_gateway

    jvm = get_gateway().jvm
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # a script of few lines for an old Python
        requests = json.load(file)
    where = _cluster(jvm)
    for request in requests:
        answer = Answer(jvm)
        answer.run(request["statements"], {**where, **request.get("config", {})})
        if "expressions" in request:
            answer.evaluate(request["expressions"])
        print("ANSWER " + json.dumps({"id": request["id"], **answer.found}), flush=True)


def _cluster(jvm: Any) -> dict[str, str]:
    """Starts one cluster in the JVM for all jobs, which takes them in a fifth of the time; the options of its place."""
    options = jvm.org.apache.flink.configuration.Configuration()
    for key, value in {
        "rest.address": "localhost",
        "rest.port": "0",
        "taskmanager.memory.managed.size": "256m",
        "taskmanager.memory.network.min": "64m",
        "taskmanager.memory.network.max": "64m",
    }.items():
        options.setString(key, value)
    made = jvm.org.apache.flink.runtime.minicluster.MiniClusterConfiguration.Builder()
    made = made.setConfiguration(options).setNumTaskManagers(1).setNumSlotsPerTaskManager(2).build()
    cluster = jvm.org.apache.flink.runtime.minicluster.MiniCluster(made)
    cluster.start()
    port = str(cluster.getRestAddress().get().getPort())
    return {"execution.target": "remote", "rest.address": "localhost", "rest.port": port}


class Answer:
    def __init__(self, jvm: Any) -> None:
        self._jvm = jvm
        self._environment: Any = None
        self.found: dict[str, Any] = {}

    def run(self, statements: list[str], config: dict[str, str]) -> None:
        at = ["statement", 0]
        try:
            environment = self._environment = _environment({**DEFAULTS, **config})
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

    def evaluate(self, expressions: list[str]) -> None:
        told: dict[str, Any] = {}
        valid = []
        for text in expressions:
            try:
                self._environment._j_tenv.sqlQuery(f"SELECT n, {text} AS v FROM t")
                valid.append(text)
            except Exception as error:  # noqa: BLE001
                told[text] = {"error": {"phase": "statement", "message": _root_message(error)}}
        for at in range(0, len(valid), _TOGETHER):
            self._evaluate(valid[at : at + _TOGETHER], told)
        self.found["expressions"] = [told[text] for text in expressions]

    def _evaluate(self, expressions: list[str], told: dict[str, Any]) -> None:
        """All at once; in halves when one of them fails."""
        phase = "statement"
        listed = ", ".join(f"{text} AS v{n}" for n, text in enumerate(expressions))
        try:
            result = self._environment.execute_sql(f"SELECT n, {listed} FROM t")._j_table_result
            phase = "runtime"
            self._collect(result)
        except Exception as error:  # noqa: BLE001
            if len(expressions) == 1:
                told[expressions[0]] = {"error": {"phase": phase, "message": _root_message(error)}}
                return
            half = len(expressions) // 2
            self._evaluate(expressions[:half], told)
            self._evaluate(expressions[half:], told)
            return
        rows = sorted((row for _, row in self.found.pop("changelog")), key=lambda row: row[0])
        types = [column["type"] for column in self.found.pop("columns")]
        for number, text in enumerate(expressions, 1):
            told[text] = {"type": types[number], "values": [row[number] for row in rows]}

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

"""Runs one SQL script on PyFlink, for the Python of Flink's environment: flink_job.py SCRIPT.json

SCRIPT.json has `statements`, `parallelism`, and `first`: whether to run the last statement as a query and to stop at
its first row. Prints the seconds that the job took (without the start of the JVM), or when the first row was there.
"""

from __future__ import annotations

import json
import sys
import time


def main(path: str) -> None:
    from pyflink.table import EnvironmentSettings, TableEnvironment

    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # a script of few lines for an old Python
        told = json.load(file)
    environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for key, value in told["options"].items():
        environment.get_config().set(key, value)
    *before, last = told["statements"]
    for text in before:
        environment.execute_sql(text)
    begun = time.time()
    result = environment.execute_sql(last)
    if told["first"]:
        rows = result._j_table_result.collect()  # PyFlink's own has no TIMESTAMP_LTZ
        rows.next()
        print("SECONDS", time.time() - told["begun"], flush=True)
        rows.close()
    else:
        result.wait()
        print("SECONDS", time.time() - begun, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

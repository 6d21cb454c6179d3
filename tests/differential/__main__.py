"""Prints which cases pass: python -m tests.differential [-v] [ID-PREFIX ...]"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.differential.comparing import difference
from tests.differential.folders import FOLDERS
from tests.differential.running import outcome, read_case


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefixes", nargs="*")
    parser.add_argument("-v", "--verbose", action="store_true", help="also what passes, and whole messages")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    begun = time.perf_counter()
    for folder in FOLDERS:
        if arguments.prefixes and not folder.name.startswith(tuple(arguments.prefixes)):
            continue
        what = _verdict(folder)
        kind = "ok" if what is None else what.split(":")[0].split(" ")[0]
        counts["ok" if what is None else "not ok"] += 1
        if what is not None or arguments.verbose:
            text = "ok" if what is None else what if arguments.verbose else what.replace("\n", " ")[:230]
            print(f"{folder.name:<45} {text}", flush=True)
        counts[f"  {kind}"] += what is not None
    print(f"{dict(counts)} in {time.perf_counter() - begun:.1f} s")
    return 0 if not counts["not ok"] else 1


def _verdict(folder: Path) -> str | None:
    case = read_case(folder)
    with tempfile.TemporaryDirectory() as place:
        try:
            return difference(case, outcome(case, Path(place)))
        except Exception as error:  # a crash is a verdict, too
            if os.environ.get("RAISE"):
                raise
            trace = error.__traceback__
            while trace and trace.tb_next:
                trace = trace.tb_next
            at = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
            return f"CRASH: {type(error).__name__} {at} {error}"


if __name__ == "__main__":
    sys.exit(main())

"""Cases in which riverrun is known to differ from Flink, and why. A mark that is no longer true fails."""

from __future__ import annotations

MARKS: dict[str, str] = {
    "offset-over-changes": "refused: Flink takes back rows of an OFFSET over changes that it never told",
}

"""Random scalar expressions over one table with NULLs and border values, and every operator and cast over its columns."""

# ruff: noqa: E501  # expressions are easier to read many to a line

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

COLUMNS = {
    "ti": "TINYINT", "si": "SMALLINT", "i": "INT", "l": "BIGINT", "f": "FLOAT", "d": "DOUBLE", "e": "DECIMAL(10, 2)",
    "h": "DECIMAL(38, 18)", "b": "BOOLEAN", "s": "STRING", "vc": "VARCHAR(5)", "ch": "CHAR(3)", "x": "BYTES", "dt": "DATE",
    "tm": "TIME(0)", "ts": "TIMESTAMP(3)", "t6": "TIMESTAMP(6)", "z": "TIMESTAMP_LTZ(3)", "a": "ARRAY<INT>",
    "sa": "ARRAY<STRING>", "m": "MAP<STRING, INT>", "r": "ROW<x INT, y STRING>", "ni": "INT NOT NULL", "ns": "STRING NOT NULL",
}  # fmt: skip
# Values that nothing fails with, and values at the borders.
_TAME: list[list[Any]] = [
    [1, 2, 3, 40, 0.5, 0.25, "1.50", "2.5", True, "12", "abc", "xyz", "aGk=", "2024-02-29", "10:11:12", "2024-02-29 23:59:58.123", "2024-02-29 10:00:00.123456", "2024-03-31 01:30:00Z", [1, 2, 2], ["a", "b", "a"], {"a": 1, "b": None}, {"x": 1, "y": "one"}, 7, "p,q;p"],
    [-1, -2, -3, -40, -0.5, -0.75, "-1.55", "-2.5", False, "-7", "x", "  y", "", "2023-12-31", "00:00:00", "2023-12-31 00:00:00", "1999-01-01 00:00:00.000001", "2024-10-27 01:30:00.5Z", [], [], {}, {"x": None, "y": None}, -7, ""],
    [None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 1, "n"],
    [5, 7, 11, 13, 1.5, 123.456, "99.99", "1.005", True, "3", "a b", "A\u00e9z", "AAEC", "2000-01-01", "23:59:59", "2000-01-01 12:34:56.789", "2000-06-15 12:34:56.999999", "2000-01-01 00:00:00Z", [3, None, 1], [None, "c"], {"c": 3}, {"x": 5, "y": "{\"a\":1}"}, 3, "https://h.org:80/p/a?k=v&q=1#f"],
]  # fmt: skip
_WILD: list[list[Any]] = [
    [127, 32767, 2147483647, 9223372036854775807, 3.4028234e38, 1.7976931348623157e308, "99999999.99", "99999999999999999999.999999999999999999", True, "true", "TRUE", "no ", "/w==", "9999-12-31", "12:00:00", "9999-12-31 23:59:59.999", "2261-12-31 23:59:59.999999", "2200-12-31 23:59:59.999Z", [2147483647, -2147483648], ["", "\u00fc", "\U0001f600"], {"": 0}, {"x": 2147483647, "y": ""}, 0, " 2024-02-30 "],
    [-128, -32768, -2147483648, -9223372036854775808, -3.4028234e38, 4.9e-324, "-99999999.99", "-0.000000000000000001", False, "1e3", "1.5", "0  ", "gIE=", "0001-01-01", "23:59:59", "0001-01-01 00:00:00", "1677-12-31 00:00:00", "1900-01-01 00:00:00Z", [None, None], [None], {"k": None}, {"x": -2147483648, "y": "\u00df\t"}, -1, "2024-01-15 10:11:12"],
    [0, 0, 0, 0, 0.0, 0.0, "0.00", "0", None, "", "", "   ", "", "1970-01-01", "00:00:01", "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999Z", [0], ["0"], {"0": 0}, {"x": 0, "y": " 1 "}, 2147483647, "%_\\"],
    [100, 300, 70000, 5000000000, 16777216.0, 1e7, "0.01", "12345678901234567890.123456789012345678", True, "A\u00e9\u00df\U0001f600", "\u00df\u00e9", "\U0001f600ab", "w6k=", "1969-12-31", "01:02:03", "1969-12-31 23:59:59.999", "1970-01-01 00:00:00.000001", "2024-03-10 10:00:00Z", [5, 4, 3, 3], ["b", "a", None, "b"], {"z": 1, "a": 2, "m": 3}, {"x": 9, "y": "[1,2]"}, 100, "{\"a\":{\"b\":[1,\"x\",null]},\"c\":1.50}"],
]  # fmt: skip
ROWS: Mapping[str, list[list[Any]]] = {"tame": _TAME, "wild": _WILD}


def lines(name: str) -> str:
    """The rows as lines of JSON, numbered."""
    return "".join(
        json.dumps({"n": n, **dict(zip(COLUMNS, row, strict=True))}) + "\n" for n, row in enumerate(ROWS[name])
    )


def table(path: str) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    return f"CREATE TABLE t (n INT, {columns}) WITH ('connector'='filesystem', 'path'='{path}', 'format'='json')"


# Every operator over every pair of columns, and every cast.

_NUMBERS = ("ti", "si", "i", "l", "f", "d", "e", "h")
_TIMES = ("dt", "tm", "ts", "t6", "z")
_TARGETS = (
    "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10, 2)", "DECIMAL(4, 1)", "DECIMAL(38, 18)", "BOOLEAN", "STRING",
    "VARCHAR(4)", "CHAR(6)", "BYTES", "BINARY(2)", "VARBINARY(3)", "DATE", "TIME", "TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(6)", "TIMESTAMP_LTZ(3)",
    "TIMESTAMP_LTZ(0)", "ARRAY<STRING>", "ARRAY<BIGINT>", "MAP<STRING, BIGINT>", "ROW<x STRING, y STRING>", "ROW<x BIGINT, y INT>",
)  # fmt: skip
_INTERVALS = (
    "INTERVAL '1' DAY", "INTERVAL '-90' MINUTE", "INTERVAL '1.5' SECOND", "INTERVAL '1 02:03:04' DAY TO SECOND", "INTERVAL '1' MONTH", "INTERVAL '-13' MONTH", "INTERVAL '1-2' YEAR TO MONTH",
)  # fmt: skip
_COMPARED = (*_NUMBERS, "b", "s", "vc", "ch", "x", *_TIMES, "a", "sa", "r", "ni", "ns")


def systematic() -> Iterator[str]:
    for column, target in product(COLUMNS, _TARGETS):
        yield f"CAST({column} AS {target})"
        yield f"TRY_CAST({column} AS {target})"
    for left, right in product((*_NUMBERS, "ni"), repeat=2):
        yield from (f"{left} {sign} {right}" for sign in "+-*")
        yield f"{left} / NULLIF({right}, CAST(0 AS {COLUMNS[right].removesuffix(' NOT NULL')}))"
        yield f"{left} % NULLIF({right}, CAST(0 AS {COLUMNS[right].removesuffix(' NOT NULL')}))"
        yield f"COALESCE({left}, {right})"
        yield f"CASE WHEN b THEN {left} ELSE {right} END"
        yield f"GREATEST({left}, {right})"
    for left, right in product(_COMPARED, repeat=2):
        yield f"{left} = {right}"
        yield f"{left} < {right}"
        if left <= right:
            yield f"{left} IS DISTINCT FROM {right}"
            yield f"{left} IN ({right}, {right})"
            yield f"IF(b, {left}, {right})"
            yield f"COALESCE({left}, {right})"
            yield f"NULLIF({left}, {right})"
    for left, right, sign in product(_TIMES, _INTERVALS, "+-"):
        yield f"{left} {sign} {right}"
    for left, right in product(_TIMES, repeat=2):
        yield f"{left} - {right}"
        yield from (f"TIMESTAMPDIFF({unit}, {left}, {right})" for unit in ("SECOND", "MONTH"))
    for column, unit in product(_TIMES, _UNITS):
        yield f"EXTRACT({unit} FROM {column})"
        yield f"FLOOR({column} TO {unit})"
        yield f"CEIL({column} TO {unit})"
        yield f"TIMESTAMPADD({unit}, 3, {column})"
    for column, function in product((*_NUMBERS, "ni"), _OF_A_NUMBER):
        yield f"{function}({column})"
    for column, function in product((*_NUMBERS, "b", "s", "ch", "x", *_TIMES, "a", "m", "r", "ni", "ns"), _OF_ANYTHING):
        yield function.replace("{0}", "{}").replace("{}", column)


_UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "MILLISECOND", "DOW", "DOY", "ISODOW", "ISOYEAR", "EPOCH", "CENTURY", "DECADE", "MILLENNIUM")  # fmt: skip
_OF_A_NUMBER = (
    "-", "+", "ABS", "SIGN", "CEIL", "FLOOR", "ROUND", "TRUNCATE", "SQRT", "EXP", "LN", "LOG10", "LOG2", "SIN", "COS", "TAN", "COT", "ASIN", "ACOS", "ATAN",
    "SINH", "COSH", "TANH", "DEGREES", "RADIANS", "HEX", "BIN", "CHR", "FROM_UNIXTIME", "TO_TIMESTAMP_LTZ", "INET_NTOA",
)  # fmt: skip
_OF_ANYTHING = (
    "{} IS NULL", "{} IS NOT NULL", "IFNULL({}, {})", "{} BETWEEN {} AND {}", "NULLIF({0}, {0})", "CONCAT({}, 'x')", "{} || 'x'", "UPPER({})", "CHAR_LENGTH({})",
    "TYPEOF({})", "JSON_STRING({})", "ARRAY[{0}, {0}]", "ROW({0}, 1)", "MAP['k', {0}]", "CARDINALITY({})", "MD5({})", "HEX({})", "JSON_OBJECT('k' VALUE {})",
    "JSON_ARRAY({0}, 1)", "CASE {0} WHEN {0} THEN 'same' ELSE 'other' END", "CONCAT_WS('-', {0}, {0})", "ARRAY_CONTAINS(ARRAY[{0}], {0})", "CAST(ARRAY[{0}] AS STRING)",
    "CAST(ROW({0}, {0}) AS STRING)", "CAST(MAP['k', {0}] AS STRING)", "GREATEST({0}, {0})", "ENCODE({}, 'UTF-8')", "DATE_FORMAT({}, 'yyyy')", "CAST({} AS STRING) = '1'",
    "{} = '1'", "{} = 1", "{} IN ('1', '2')", "{} IN (1, 2)", "{} > DATE '2024-01-01'", "{} > TIMESTAMP '2024-01-01 00:00:00'", "{} = TRUE", "{0} LIKE '1%'",
)  # fmt: skip


# Random expressions: $X is one of the kind X.

_KINDS: Mapping[str, tuple[str, ...]] = {
    "I": (
        "i", "l", "si", "ti", "ni", "i", "l", "1", "0", "-1", "7", "3000000000", "CAST(NULL AS INT)", "CAST(2 AS TINYINT)", "CAST(300 AS SMALLINT)",
        "($I + $I)", "($I - $I)", "($I * $I)", "($I / $J)", "MOD($I, $J)", "($I % $J)", "(-$I)", "ABS($I)", "SIGN($I)", "CHAR_LENGTH($S)", "POSITION($S IN $S)",
        "INSTR($S, $S)", "LOCATE($S, $S, $K)", "ASCII($S)", "CARDINALITY($A)", "CARDINALITY($M)", "ARRAY_POSITION($A, $I)", "ARRAY_MAX($A)", "$A[$K]",
        "CAST($F AS INT)", "CAST($E AS BIGINT)", "CAST($B AS INT)", "EXTRACT($U FROM $T)", "YEAR($T)", "WEEK($D)", "DAYOFYEAR($D)", "TIMESTAMPDIFF($V, $L, $L)",
        "r.x", "$M[$S]", "COALESCE($I, $I)", "IF($B, $I, $I)", "CASE WHEN $B THEN $I WHEN $B THEN $I END", "NULLIF($I, $I)", "GREATEST($I, $I)", "LEAST($I, $I, $I)",
        "TRY_CAST($S AS INT)", "REGEXP_COUNT($S, $X)", "REGEXP_INSTR($S, $X)", "IFNULL($I, $I)", "UNIX_TIMESTAMP($W)", "HOUR($C)", "FLOOR($I)", "ROUND($I, $K)",
        "TRY_CAST(JSON_VALUE($Q, $P) AS INT)", "JSON_VALUE($Q, '$.n' RETURNING INTEGER)", "CASE $I WHEN $I THEN $I ELSE $I END", "INSTR($S, $S, $K, 1)", "INET_ATON($S)",
    ),
    "J": ("2", "3", "-7", "100", "5"),
    "K": ("0", "1", "2", "3", "-1", "ni", "5"),
    "E": (
        "e", "h", "1.5", "0.01", "-2.50", "($E + $E)", "($E - $I)", "($E * $E)", "($E / 2.5)", "($I * 1.5)", "ABS($E)", "ROUND($E, $K)", "ROUND($E)", "TRUNCATE($E, 1)", "FLOOR($E)",
        "CEIL($E)", "CAST($I AS DECIMAL(12, 3))", "CAST($F AS DECIMAL(20, 4))", "TRY_CAST($S AS DECIMAL(8, 3))", "COALESCE($E, $I)", "CASE WHEN $B THEN $E ELSE $I END", "MOD($E, 7)", "(-$E)",
        "NULLIF($E, $I)", "IF($B, $E, $E)", "CAST($E AS DECIMAL(6, 1))", "SIGN($E)",
    ),
    "F": (
        "f", "d", "d", "1e0", "-2.5e-3", "CAST('NaN' AS DOUBLE)", "($F + $F)", "($F - $N)", "($F * $N)", "($F / $N)", "SQRT($N)", "POWER($N, 2)", "EXP($K)", "LN($I)", "LOG10($F)", "LOG(2, $N)",
        "ROUND($F, $K)", "FLOOR($F)", "CEIL($F)", "ABS($F)", "SIN($F)", "ATAN2($F, $N)", "CAST($N AS DOUBLE)", "CAST($N AS FLOAT)", "TRY_CAST($S AS DOUBLE)", "COALESCE($F, $N)", "DEGREES($F)", "SIGN($F)",
        "IF($B, $F, $F)", "POWER($F, $K)", "LOG2($N)", "TRUNCATE($F, $K)", "COSH($K)",
    ),
    "N": ("$I", "$I", "$E", "$F"),
    "B": (
        "b", "TRUE", "FALSE", "CAST(NULL AS BOOLEAN)", "($N = $N)", "($N < $N)", "($N <> $N)", "($N >= $N)", "($S = $S)", "($S < $S)", "($S <> $S)", "($D < $D)", "($L <= $L)", "($C > $C)",
        "($B AND $B)", "($B OR $B)", "(NOT $B)", "($B IS TRUE)", "($B IS NOT FALSE)", "($B IS UNKNOWN)", "($I IS NULL)", "($S IS NOT NULL)", "($N BETWEEN $N AND $N)", "($I IN ($I, $I, $I))", "($S IN ($S, $S))",
        "($I NOT IN ($I, 1))", "($S LIKE $H)", "($S NOT LIKE $H)", "($S SIMILAR TO $G)", "REGEXP($S, $X)", "STARTSWITH($S, $S)", "ENDSWITH($S, $S)", "IS_ALPHA($S)", "IS_DIGIT($S)", "IS_DECIMAL($S)",
        "ARRAY_CONTAINS($A, $I)", "ARRAY_CONTAINS($R, $S)", "($N IS DISTINCT FROM $N)", "($S IS NOT DISTINCT FROM $S)", "($B = $B)", "TRY_CAST($S AS BOOLEAN)", "CAST($I AS BOOLEAN)", "($Q IS JSON)", "($S IS NOT JSON OBJECT)",
        "JSON_EXISTS($Q, $P)", "($D = '2024-02-29')", "(($L, $L) OVERLAPS ($L, $L))", "($A = $A)", "COALESCE($B, $B)", "IF($B, $B, $B)", "($D IN (DATE '2024-02-29', $D))", "($L BETWEEN $L AND $L)", "($S BETWEEN $S AND $S)",
        "($E IN (1.5, $I))", "($B <> $B)", "($B IS DISTINCT FROM $B)", "(r = ROW($I, $S))", "JSON_VALUE($Q, '$.t' RETURNING BOOLEAN)",
    ),
    "S": (
        "s", "vc", "ch", "ns", "r.y", "'abc'", "''", "'A'", "'\u00e9'", "' b '", "'12'", "CAST(NULL AS STRING)", "'a,b,c'", "'2024-01-15 10:11:12'", "UPPER($S)", "LOWER($S)", "($S || $S)", "CONCAT($S, $S, $S)", "CONCAT_WS($S, $S, $S)",
        "SUBSTRING($S, $K)", "SUBSTRING($S FROM $K FOR $K)", "SUBSTR($S, $K, $K)", "LEFT($S, $K)", "RIGHT($S, $K)", "TRIM($S)", "TRIM(LEADING $S FROM $S)", "LTRIM($S)", "RTRIM($S, $S)", "BTRIM($S, ' a')", "LPAD($S, $K, $S)", "RPAD($S, 4, $S)",
        "REPEAT($S, $K)", "REPLACE($S, $S, $S)", "TRANSLATE($S, $S, $S)", "OVERLAY($S PLACING $S FROM $K)", "OVERLAY($S PLACING $S FROM $K FOR $K)", "REVERSE($S)", "INITCAP($S)", "SPLIT_INDEX($S, $O, $K)", "ELT($K, $S, $S)", "CHR($K)",
        "REGEXP_EXTRACT($S, $X, $K)", "REGEXP_REPLACE($S, $X, $S)", "REGEXP_SUBSTR($S, $X)", "MD5($S)", "HEX($S)", "HEX($I)", "BIN($K)", "UNHEX($S)", "TO_BASE64($S)", "URL_ENCODE($S)", "URL_DECODE($S)", "CAST($I AS STRING)", "CAST($E AS STRING)",
        "CAST($F AS STRING)", "CAST($B AS STRING)", "CAST($D AS STRING)", "CAST($L AS STRING)", "CAST($C AS STRING)", "CAST($A AS STRING)", "CAST($M AS STRING)", "CAST($S AS VARCHAR(3))", "CAST($S AS CHAR(4))", "DATE_FORMAT($L, $Y)", "COALESCE($S, $S)",
        "IF($B, $S, $S)", "CASE WHEN $B THEN $S ELSE $S END", "NULLIF($S, $S)", "IFNULL($S, $S)", "GREATEST($S, $S)", "LEAST($S, $S)", "ARRAY_JOIN($R, $S)", "ARRAY_JOIN($R, $O, $S)", "$R[$K]", "ARRAY_MAX($R)", "JSON_VALUE($Q, $P)", "JSON_QUERY($Q, $P)",
        "JSON_QUERY($Q, $P WITH WRAPPER)", "JSON_OBJECT('k' VALUE $S, 'n' VALUE $I)", "JSON_ARRAY($S, $I, $B)", "JSON_STRING($S)", "JSON_STRING($N)", "JSON_QUOTE($S)", "FROM_UNIXTIME($I)", "CAST(r AS STRING)", "SHA256($S)", "PARSE_URL($S, 'HOST')", "PARSE_URL(ns, 'QUERY', 'k')",
        "CONVERT_TZ($W, 'UTC', 'Asia/Tokyo')", "CAST(MAP_KEYS($M) AS STRING)", "PRINTF('%s-%d', $S, $K)", "ELT(2, $S, $S)", "JSON_VALUE($Q, $P DEFAULT 'none' ON EMPTY)", "CAST($G2 AS STRING)", "DECODE(ENCODE($S, 'UTF-8'), 'UTF-8')", "$M2[$S]",
    ),
    "O": ("','", "';'", "'a'", "'&'"),
    "X": ("'[a-z]+'", "'(\\d+)'", "'(a)|(b)'", "'^.'", "'\\s*'", "'('", "'(?i)A'", "'[^a]$'", "'\\.'", "''"),
    "H": ("'a%'", "'%b%'", "'_'", "'%'", "'A_c'", "''", "'%\\%%'", "'1_'", "'a%' ESCAPE '!'"),
    "G": ("'(a|b)%'", "'[a-z]+'", "'_+'", "'a{2}'", "'%'"),
    "D": ("dt", "dt", "DATE '2024-01-31'", "CAST($L AS DATE)", "($D + INTERVAL '1' DAY)", "($D - INTERVAL '1' MONTH)", "TO_DATE($W)", "COALESCE($D, $D)", "IF($B, $D, $D)", "TRY_CAST($W AS DATE)", "FLOOR($D TO MONTH)", "CEIL($D TO YEAR)", "GREATEST($D, $D)", "TIMESTAMPADD(DAY, $K, $D)"),
    "L": (
        "ts", "ts", "t6", "TIMESTAMP '2024-02-29 12:00:00'", "TIMESTAMP '1999-12-31 23:59:59.999'", "TO_TIMESTAMP($W)", "CAST($D AS TIMESTAMP(3))", "CAST($Z AS TIMESTAMP(3))", "($L + INTERVAL '36' HOUR)", "($L - INTERVAL '1' MONTH)", "TIMESTAMPADD($V, $K, $L)",
        "FLOOR($L TO $V)", "CEIL($L TO $V)", "COALESCE($L, $L)", "IF($B, $L, $L)", "TRY_CAST($W AS TIMESTAMP(3))", "CAST($L AS TIMESTAMP(0))", "LEAST($L, $L)", "TO_TIMESTAMP($S, 'yyyy-MM-dd HH:mm:ss')",
    ),
    "Z": ("z", "TO_TIMESTAMP_LTZ($I, 0)", "TO_TIMESTAMP_LTZ($K, 3)", "CAST($L AS TIMESTAMP_LTZ(3))", "($Z + INTERVAL '1' DAY)", "COALESCE($Z, $Z)", "FLOOR($Z TO HOUR)", "TIMESTAMPADD(HOUR, $K, $Z)"),
    "C": ("tm", "TIME '10:20:30'", "CAST($L AS TIME)", "($C + INTERVAL '90' MINUTE)", "COALESCE($C, $C)", "FLOOR($C TO HOUR)"),
    "T": ("$D", "$L"),
    "U": ("YEAR", "MONTH", "DAY", "QUARTER", "WEEK", "DOW", "DOY"),
    "V": ("SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR", "QUARTER", "WEEK"),
    "W": ("'2024-01-15 10:11:12'", "'2024-01-15'", "'garbage'", "s", "CAST($L AS STRING)", "'2023-02-28 23:59:59.5'"),
    "Y": ("'yyyy-MM-dd'", "'HH:mm:ss.SSS'", "'yyyyMMdd'", "'EEE, d MMM yyyy'", "'DDD'", "'h:mm a'", "'Q'", "'yy/M/d'", "'yyyy''T''HH'"),
    "A": (
        "a", "a", "ARRAY[$I, $I]", "ARRAY[1, 2, CAST(NULL AS INT)]", "ARRAY_DISTINCT($A)", "ARRAY_CONCAT($A, a)", "ARRAY_APPEND(a, $K)", "ARRAY_PREPEND(a, $K)", "ARRAY_REMOVE($A, 2)", "ARRAY_REVERSE($A)", "ARRAY_SLICE($A, $K, $K)", "ARRAY_SLICE($A, $K)",
        "ARRAY_SORT($A)", "ARRAY_SORT($A, $B)", "ARRAY_UNION(a, $A)", "ARRAY_EXCEPT($A, a)", "ARRAY_INTERSECT(a, $A)", "COALESCE($A, $A)", "MAP_VALUES(m)", "IF($B, $A, a)",
    ),
    "R": ("sa", "sa", "ARRAY[$S, $S]", "SPLIT($S, $O)", "ARRAY_DISTINCT($R)", "ARRAY_CONCAT($R, $R)", "ARRAY_SORT(sa)", "ARRAY_REMOVE($R, $S)", "REGEXP_EXTRACT_ALL($S, $X)", "MAP_KEYS($M)", "ARRAY_APPEND($R, $S)", "ARRAY_SLICE($R, $K, 2)", "CAST($A AS ARRAY<STRING>)", "JSON_QUERY($Q, $P RETURNING ARRAY<STRING>)"),
    "M": ("m", "m", "MAP['a', $I, 'b', $I]", "MAP_UNION(m, m)", "MAP[$S, $I]", "COALESCE($M, m)", "MAP_FROM_ARRAYS(ARRAY['a', 'b'], ARRAY[$I, 2])"),
    "M2": ("STR_TO_MAP($S)", "STR_TO_MAP($S, ';', ',')"),
    "G2": ("ROW($I, $S)", "ROW($B)", "r", "ARRAY[$D]", "ARRAY[$F]", "MAP[$S, $F]"),
    "Q": ("ns", "s", "'{\"a\":{\"b\":[1,\"x\",null]},\"n\":5,\"t\":true,\"s\":\"str\"}'", "'[1,2,{\"a\":\"x\"}]'", "'{\"a\":null}'", "r.y", "JSON_OBJECT('a' VALUE $S)", "'not json'"),
    "P": ("'$.a'", "'$.a.b[1]'", "'lax $.a.b'", "'$.n'", "'$[1]'", "'lax $.zz'", "'strict $.a'", "'$.a.b[*]'", "'$'", "'$.s'", "'$[*].a'"),
}  # fmt: skip
_HOLE = re.compile(r"\$([A-Z]\d?)")
_DEPTH = 3


def draw(rng: random.Random) -> str:
    return _filled(rng, rng.choice("IIEFBBSSSDLZCARM"), _DEPTH)


def _filled(rng: random.Random, kind: str, depth: int) -> str:
    if depth > 0 and kind in "IEFBSDLZCARM":
        while True:
            text = rng.choice(_KINDS[kind])
            if depth < _DEPTH or _HOLE.search(text):
                break
    else:
        flat = [text for text in _KINDS[kind] if not _HOLE.search(text)]
        text = rng.choice(flat or _KINDS[kind])
    return _HOLE.sub(lambda match: _filled(rng, match[1], depth - 1), text)

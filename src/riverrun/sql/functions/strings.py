"""String functions: concatenation, slices, search, case, padding, splitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from riverrun.schema.types import (
    BOOLEAN,
    INT,
    MAX_LENGTH,
    STRING,
    Root,
    Type,
    array,
    map_of,
    varchar,
)
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions import string_values as values
from riverrun.sql.functions.check import as_type, fits, refuse, returning, takes
from riverrun.sql.functions.common import is_bytes, is_null, is_string
from riverrun.sql.functions.entry import Entry, InvalidCall, Render, Renderer, Request, always
from riverrun.sql.functions.physical import quote
from riverrun.sql.functions.python import python_function
from riverrun.sql.functions.render import place

ARRAY_OF_STRING = array(STRING)
MAP_OF_STRING = map_of(STRING, STRING)


def text(template: str) -> Render:
    """A rendering from a format text: `{0}`, `{1}` ... are the arguments."""

    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return template.format(*args)

    return render


def joined(function: str) -> Render:
    """A rendering as a call with all arguments."""

    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return f"{function}({', '.join(args)})"

    return render


def failing(function: str) -> Render:
    """A rendering as a call of a Python function that may fail: the place of the call is its first argument."""

    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return f"{function}({', '.join([place(call.span), *args])})"

    return render


def _ascii_or(native: str, python: str) -> Render:
    """DuckDB's function where the text is ASCII (as many bytes as characters), else the Python function."""

    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        (value,) = args
        out = f"(CASE WHEN strlen({value}) = length({value}) THEN {native}({value}) ELSE {python}({value}) END)"
        # A CHAR keeps its length: UPPER('ß') is 'S'.
        return f"left({out}, {call.type.length})" if call.type.root is Root.CHAR else out

    return render


# -- concatenation


def _resolve_concat(request: Request) -> Expr:
    """`||`: the lengths of CHAR and VARCHAR add up."""
    args = fits(request.args, "str|bytes, str|bytes")
    if args is None or is_bytes(args[0].type) != is_bytes(args[1].type):
        raise refuse(request)
    a, b = (arg.type for arg in args)
    kind = (Root.BINARY, Root.VARBINARY) if is_bytes(a) else (Root.CHAR, Root.VARCHAR)
    length = min(a.length + b.length, MAX_LENGTH)
    fixed = a.root is kind[0] and b.root is kind[0]
    return request.call(Type(kind[0] if fixed else kind[1], a.nullable or b.nullable, length=length), args)


def _render_concat(call: Call, args: list[str], renderer: Renderer) -> str:
    return "(" + " || ".join(args) + ")"


# -- slices


def _substring(call: Call, args: list[str], renderer: Renderer) -> str:
    """Position 0 counts as 1, a negative one from the end; a negative length is NULL."""
    value, position, *rest = args
    first = _first(value, call.args[1], position)
    if not rest:
        if _is_positive(call.args[1]):
            return f"substring({value}, {position})"
        return f"(CASE WHEN {first} < 1 THEN '' ELSE substring({value}, {first}) END)"
    (length,) = rest
    part = f"substring({value}, {first}, CAST({length} AS BIGINT))"
    if _is_positive(call.args[1]) and _is_positive(call.args[2]):
        return part
    return (
        f"(CASE WHEN {length} < 0 THEN NULL WHEN {first} < 1 AND {length} IS NOT NULL THEN '' "
        f"WHEN {first} >= 1 THEN {part} END)"
    )


def _is_positive(expr: Expr) -> bool:
    return isinstance(expr, Literal) and isinstance(expr.value, int) and expr.value > 0


def _first(value: str, expr: Expr, position: str) -> str:
    """The position of the first character, from 1; less when it lies before the text."""
    if _is_positive(expr):
        return position
    return (
        f"(CASE WHEN {position} > 0 THEN CAST({position} AS BIGINT) WHEN {position} = 0 THEN 1::BIGINT "
        f"WHEN {position} < 0 THEN length({value}) + CAST({position} AS BIGINT) + 1 END)"
    )


def _resolve_substring(request: Request) -> Expr:
    args = fits(request.args, "str, int, int?")
    if args is None:
        raise refuse(request, "SUBSTRING(string, position[, length])")
    return request.call(varchar(args[0].type.length), args)


def _left_or_right(function: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        value, count = args
        return f"(CASE WHEN {count} <= 0 AND {value} IS NOT NULL THEN '' ELSE {function}({value}, {count}) END)"

    return render


# -- trimming: Call.args are (characters, value), Call.options the side


def _resolve_trim(request: Request) -> Expr:
    args = fits(request.args, "str, str")
    if args is None:
        raise refuse(request, "TRIM([BOTH|LEADING|TRAILING] [characters FROM] string)")
    type_ = varchar(args[1].type.length).with_nullable(args[0].type.nullable or args[1].type.nullable)
    return request.call(type_, args)


_TRIMS = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}


def _render_trim(call: Call, args: list[str], renderer: Renderer) -> str:
    characters, value = args
    return trimmed(_TRIMS[call.options[0] if call.options else "BOTH"], value, characters, call.args[0])


def trimmed(function: str, value: str, characters: str, expr: Expr) -> str:
    native = f"{function}({value}, {characters})"
    if isinstance(expr, Literal) and expr.value:
        return native
    return f"(CASE WHEN {characters} = '' THEN {value} ELSE {native} END)"


def _side(function: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        if len(args) == 1:
            return f"{function}({args[0]}, ' ')"
        return trimmed(function, args[0], args[1], call.args[1])

    return render


# -- search


def _render_replace(call: Call, args: list[str], renderer: Renderer) -> str:
    value, search, replacement = args
    native = f"replace({value}, {search}, {replacement})"
    if isinstance(call.args[1], Literal) and call.args[1].value:
        return native
    return f"(CASE WHEN {search} = '' THEN rr_replace({value}, {search}, {replacement}) ELSE {native} END)"


def _render_position(call: Call, args: list[str], renderer: Renderer) -> str:
    needle, value = args
    return f"CAST(strpos({value}, {needle}) AS INTEGER)"


def _render_instr(call: Call, args: list[str], renderer: Renderer) -> str:
    if len(args) == 2:
        return _render_position(call, [args[1], args[0]], renderer)
    return failing("rr_instr")(call, [*args, *(["1"] if len(args) == 3 else [])], renderer)


def _render_locate(call: Call, args: list[str], renderer: Renderer) -> str:
    return _render_position(call, args, renderer) if len(args) == 2 else joined("rr_locate")(call, args, renderer)


def _is_prefix(function: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return f"{function}({args[0]}, {args[1]})"

    return render


def _resolve_affix(request: Request) -> Expr:
    args = fits(request.args, "str|bytes, str|bytes")
    if args is None or is_bytes(args[0].type) != is_bytes(args[1].type):
        raise refuse(request, f"{request.name}(string, string)")
    if is_bytes(args[0].type):
        raise InvalidCall(f"{request.name} of BYTES is not supported", unsupported=True)
    return request.call(BOOLEAN.with_nullable(args[0].type.nullable or args[1].type.nullable), args)


# -- splitting


def _render_split_index(call: Call, args: list[str], renderer: Renderer) -> str:
    value, delimiter, index = args
    expr = call.args[1]
    if not is_string(expr.type):
        delimiter = f"chr({delimiter} % 65536)"
    elif not (isinstance(expr, Literal) and expr.value):
        return f"rr_split_index({value}, {delimiter}, {index})"
    part = f"string_split({value}, {delimiter})[{index} + 1]"
    return f"(CASE WHEN {value} <> '' AND {index} >= 0 THEN {part} END)"


def _render_split(call: Call, args: list[str], renderer: Renderer) -> str:
    value, delimiter = args
    whole = f"string_split({value}, {delimiter})"
    if not (isinstance(call.args[1], Literal) and call.args[1].value):
        whole = f"(CASE WHEN {delimiter} = '' THEN rr_units({value}) WHEN {delimiter} IS NOT NULL THEN {whole} END)"
    return f"(CASE WHEN {value} = '' AND {delimiter} IS NOT NULL THEN CAST([] AS VARCHAR[]) ELSE {whole} END)"


def _render_str_to_map(call: Call, args: list[str], renderer: Renderer) -> str:
    return f"rr_str_to_map({', '.join([*args, *[quote(','), quote('=')][len(args) - 1 :]])})"


# -- choosing, formatting


def _resolve_elt(request: Request) -> Expr:
    if len(request.args) < 2 or request.types[0].root not in (Root.TINYINT, Root.SMALLINT, Root.INTEGER, Root.BIGINT):
        raise refuse(request, "ELT(index, value1, value2, ...)")
    values_ = request.args[1:]
    if all(is_string(v.type) or is_null(v.type) for v in values_):
        known = [v.type for v in values_ if not is_null(v.type)]
        if not known:
            raise refuse(request)
        length = max(type_.length for type_ in known)
        fixed = all(type_.root is Root.CHAR and type_.length == length for type_ in known)
        target = Type(Root.CHAR if fixed else Root.VARCHAR, length=length)
    else:
        raise InvalidCall("ELT of BYTES is not supported", unsupported=True)
    return request.call(target, [request.args[0], *(as_type(v, target) for v in values_)])


def _render_elt(call: Call, args: list[str], renderer: Renderer) -> str:
    index, *choices = args
    tests = " ".join(f"WHEN {i} THEN {choice}" for i, choice in enumerate(choices, 1))
    return f"(CASE {index} {tests} END)"


def _resolve_printf(request: Request) -> Expr:
    if not request.args or not is_string(request.types[0]):
        raise refuse(request, "PRINTF(format, value1, ...)")
    return request.call(STRING)


def _same_string(types: list[Type]) -> Type:
    return types[0]


def _as_long(types: Sequence[Type]) -> Type:
    """A text of the length of the first argument at most."""
    return varchar(types[0].length)


def _as_long_as_both(types: Sequence[Type]) -> Type:
    return varchar(min(types[0].length + types[1].length, MAX_LENGTH))


def _simple(
    name: str,
    usage: str,
    doc: str,
    pattern: str,
    render: Render,
    examples: dict[str, object],
    *,
    returns: Type | Callable[..., Type] = STRING,
    nulls: str = "args",
    note: str = "",
    fails: Callable[[Call], bool] | None = None,
    null_object: bool = True,
) -> Entry:
    return Entry(
        name,
        (usage,),
        doc,
        takes(pattern, returns=returns, nulls=nulls, usage=usage),
        render,
        examples,
        nulls=note,
        fails=fails or (lambda call: False),
        null_object=null_object,
    )


def _resolve_reverse(request: Request) -> Expr:
    args = fits(request.args, "str")
    if args is None:
        raise refuse(request, "REVERSE(string)")
    return request.call(returning(STRING, [args[0].type], "always"), args)


FUNCTIONS = (
    python_function("rr_upper", ("VARCHAR",), "VARCHAR", str.upper),
    python_function("rr_lower", ("VARCHAR",), "VARCHAR", str.lower),
    python_function("rr_initcap", ("VARCHAR",), "VARCHAR", values.initcap),
    python_function("rr_reverse", ("VARCHAR",), "VARCHAR", values.reverse),
    python_function("rr_replace", ("VARCHAR", "VARCHAR", "VARCHAR"), "VARCHAR", values.replace),
    python_function("rr_instr", ("VARCHAR", "VARCHAR", "VARCHAR", "INTEGER", "INTEGER"), "INTEGER", values.instr),
    python_function("rr_locate", ("VARCHAR", "VARCHAR", "INTEGER"), "INTEGER", values.locate),
    python_function("rr_overlay", ("VARCHAR", "VARCHAR", "INTEGER"), "VARCHAR", values.overlay),
    python_function("rr_overlay_for", ("VARCHAR", "VARCHAR", "INTEGER", "INTEGER"), "VARCHAR", values.overlay),
    python_function("rr_lpad", ("VARCHAR", "INTEGER", "VARCHAR"), "VARCHAR", values.lpad),
    python_function("rr_rpad", ("VARCHAR", "INTEGER", "VARCHAR"), "VARCHAR", values.rpad),
    python_function("rr_split_index", ("VARCHAR", "VARCHAR", "INTEGER"), "VARCHAR", values.split_index),
    python_function("rr_units", ("VARCHAR",), "VARCHAR[]", values.units),
    python_function("rr_str_to_map", ("VARCHAR", "VARCHAR", "VARCHAR"), "MAP(VARCHAR, VARCHAR)", values.str_to_map),
    python_function("rr_translate", ("VARCHAR", "VARCHAR", "VARCHAR"), "VARCHAR", values.translate, strict=False),
    python_function("rr_ascii", ("VARCHAR",), "INTEGER", values.ascii_code),
    python_function("rr_is_alpha", ("VARCHAR",), "BOOLEAN", values.is_alpha, strict=False),
    python_function("rr_is_digit", ("VARCHAR",), "BOOLEAN", values.is_digit, strict=False),
    python_function("rr_is_decimal", ("VARCHAR",), "BOOLEAN", values.is_decimal, strict=False),
    python_function("rr_hash_code", ("VARCHAR",), "INTEGER", values.hash_code),
    python_function("rr_printf", None, "VARCHAR", values.printf, strict=False),
)

ENTRIES = (
    Entry(
        "||",
        ("string1 || string2",),
        "The strings, one after the other.",
        _resolve_concat,
        _render_concat,
        {"'a' || 'bc'": "abc"},
    ),
    _simple("CONCAT", "CONCAT(string1, string2, ...)", "The strings, one after the other.", "str, str*", _render_concat,
            {"CONCAT('a', 'b', 'c')": "abc", "CONCAT('a', CAST(NULL AS STRING))": None}),
    _simple("CONCAT_WS", "CONCAT_WS(separator, string1, ...)", "The strings with a separator; NULLs are left out.",
            "str, str*", joined("concat_ws"), {"CONCAT_WS('-', 'a', CAST(NULL AS STRING), 'b')": "a-b"},
            note="NULL if the separator is NULL"),
    _simple("CHAR_LENGTH", "CHAR_LENGTH(string)", "The number of characters (code points).", "str",
            text("CAST(length({0}) AS INTEGER)"), {"CHAR_LENGTH('héllo')": 5}, returns=INT, null_object=False),
    _simple("CHARACTER_LENGTH", "CHARACTER_LENGTH(string)", "The same as CHAR_LENGTH.", "str",
            text("CAST(length({0}) AS INTEGER)"), {"CHARACTER_LENGTH('abc')": 3}, returns=INT, null_object=False),
    _simple("UPPER", "UPPER(string)", "The string in upper case.", "str", _ascii_or("upper", "rr_upper"),
            {"UPPER('abc')": "ABC", "UPPER(CAST('straße' AS STRING))": "STRASSE"}, returns=_same_string,
            null_object=False),
    _simple("LOWER", "LOWER(string)", "The string in lower case.", "str", _ascii_or("lower", "rr_lower"),
            {"LOWER('ABC')": "abc"}, returns=_same_string, null_object=False),
    _simple("INITCAP", "INITCAP(string)", "Each word's first letter in upper case, the others in lower case;"
            " letters are those of ASCII.", "str", joined("rr_initcap"), {"INITCAP('the quick-fox')": "The Quick-Fox"},
            returns=_same_string, null_object=False),
    Entry("REVERSE", ("REVERSE(string)",), "The characters in reverse order.", _resolve_reverse,
          _ascii_or("reverse", "rr_reverse"), {"REVERSE('abc')": "cba"}),
    Entry("SUBSTRING", ("SUBSTRING(string FROM position [FOR length])", "SUBSTRING(string, position[, length])"),
          "The part from a position (from 1; negative: from the end) on.", _resolve_substring, _substring,
          {"SUBSTRING('hello', 2, 3)": "ell", "SUBSTRING('hello', -3)": "llo", "SUBSTRING('hello', 0)": "hello",
           "SUBSTRING('hello', 2, -1)": None}, nulls="also NULL for a negative length"),
    Entry("SUBSTR", ("SUBSTR(string, position[, length])",), "The same as SUBSTRING.", _resolve_substring, _substring,
          {"SUBSTR('hello', 2)": "ello"}, nulls="also NULL for a negative length"),
    _simple("LEFT", "LEFT(string, length)", "The first characters.", "str, int", _left_or_right("left"),
            {"LEFT('hello', 2)": "he", "LEFT('hello', -1)": ""}, returns=_as_long, nulls="always"),
    _simple("RIGHT", "RIGHT(string, length)", "The last characters.", "str, int", _left_or_right("right"),
            {"RIGHT('hello', 2)": "lo"}, returns=_as_long, nulls="always"),
    Entry("TRIM", ("TRIM([BOTH|LEADING|TRAILING] [characters FROM] string)",),
          "The string without the characters (blanks) at its ends.", _resolve_trim, _render_trim,
          {"TRIM('  a ')": "a", "TRIM(LEADING 'x' FROM 'xxaxx')": "axx"},
          options='("BOTH"|"LEADING"|"TRAILING",); the arguments are characters, string'),
    Entry("LTRIM", ("LTRIM(string[, characters])",), "The string without the characters (blanks) at its beginning.",
          takes("str, str?", returns=_as_long), _side("ltrim"), {"LTRIM('  a ')": "a ", "LTRIM('xya', 'yx')": "a"},
          null_object=True),
    Entry("RTRIM", ("RTRIM(string[, characters])",), "The string without the characters (blanks) at its end.",
          takes("str, str?", returns=_as_long), _side("rtrim"), {"RTRIM(' a  ')": " a"}, null_object=True),
    Entry("BTRIM", ("BTRIM(string[, characters])",), "The string without the characters (blanks) at its ends.",
          takes("str, str?", returns=STRING), _side("trim"), {"BTRIM('xax', 'x')": "a"}, null_object=True),
    _simple("LPAD", "LPAD(string, length, padding)", "The string, filled on the left or cut to the length.",
            "str, int, str", joined("rr_lpad"), {"LPAD('hi', 4, '?!')": "?!hi", "LPAD('hi', 1, '?')": "h"},
            note="also NULL for a negative length, or when an empty padding is needed"),
    _simple("RPAD", "RPAD(string, length, padding)", "The string, filled on the right or cut to the length.",
            "str, int, str", joined("rr_rpad"), {"RPAD('hi', 4, '?!')": "hi?!"},
            note="also NULL for a negative length, or when an empty padding is needed"),
    _simple("REPEAT", "REPEAT(string, times)", "The string several times.", "str, int",
            text("repeat({0}, greatest({1}, 0 * {1}))"), {"REPEAT('ab', 3)": "ababab", "REPEAT('ab', -1)": ""}),
    _simple("REPLACE", "REPLACE(string, search, replacement)",
            "Every occurrence of a text replaced by another.",
            "str, str, str", _render_replace,
            {"REPLACE('hello', 'l', 'L')": "heLLo", "REPLACE('ab', '', '-')": "-a-b-"}),
    _simple("TRANSLATE", "TRANSLATE(string, from, to)",
            "Each character of `from` replaced by that at its place in `to`.",
            "str, str, str", joined("rr_translate"), {"TRANSLATE('hello', 'lo', '1')": "he11"},
            returns=lambda types: STRING.with_nullable(types[0].nullable), nulls="own",
            note="a NULL for `from` or `to` is ''"),
    Entry("OVERLAY", ("OVERLAY(string PLACING replacement FROM position [FOR length])",),
          "The string with a part replaced.",
          takes("str, str, int, int?", returns=_as_long_as_both), lambda call, args, renderer: joined(
              "rr_overlay" if len(args) == 3 else "rr_overlay_for")(call, args, renderer),
          {"OVERLAY('hello' PLACING 'XX' FROM 2)": "hXXlo", "OVERLAY('hello' PLACING 'X' FROM 2 FOR 3)": "hXo"},
          null_object=True),
    Entry("POSITION", ("POSITION(search IN string)",),
          "The position of the first occurrence, from 1; 0 if there is none.",
          takes("str, str", returns=INT), _render_position, {"POSITION('l' IN 'hello')": 3, "POSITION('x' IN 'a')": 0}),
    Entry("INSTR", ("INSTR(string, search[, start[, occurrence]])",),
          "The position of an occurrence, from `start` on (negative: backwards from the end); 0 if there is none.",
          takes("str, str, int?, int", returns=INT), _render_instr,
          {"INSTR('hello', 'l')": 3, "INSTR('hello', 'l', -1)": 4, "INSTR('hello', 'l', 1, 2)": 4}, fails=always,
          null_object=True),
    Entry("LOCATE", ("LOCATE(search, string[, start])",), "The position of the first occurrence from `start` on.",
          takes("str, str, int?", returns=INT), _render_locate,
          {"LOCATE('l', 'hello')": 3, "LOCATE('l', 'hello', 4)": 4}, null_object=True),
    Entry("STARTSWITH", ("STARTSWITH(string, start)",), "TRUE if the string begins with the other.", _resolve_affix,
          _is_prefix("starts_with"), {"STARTSWITH('hello', 'he')": True}, null_object=True),
    Entry("ENDSWITH", ("ENDSWITH(string, end)",), "TRUE if the string ends with the other.", _resolve_affix,
          _is_prefix("ends_with"), {"ENDSWITH('hello', 'lo')": True}, null_object=True),
    Entry("SPLIT_INDEX", ("SPLIT_INDEX(string, delimiter, index)",),
          "The part at an index (from 0) of the string cut at a delimiter; a number as delimiter is a code point.",
          takes("str, str|int, int", returns=STRING, nulls="always"), _render_split_index,
          {"SPLIT_INDEX('a,b,,c', ',', 1)": "b", "SPLIT_INDEX('a,b', 44, 0)": "a", "SPLIT_INDEX('a', ',', 1)": None},
          nulls="also NULL where there is no such part, and for the empty string"),
    Entry("SPLIT", ("SPLIT(string, delimiter)",), "The parts of the string; with an empty delimiter its characters.",
          takes("str, str", returns=ARRAY_OF_STRING), _render_split,
          {"SPLIT('a,b', ',')": ["a", "b"], "SPLIT('ab', '')": ["a", "b"], "SPLIT('', ',')": []}, null_object=True),
    Entry("STR_TO_MAP", ("STR_TO_MAP(string[, delimiter, key delimiter])",),
          "The pairs in a string (`k=v,...`) as a map; the delimiters are regular expressions.",
          takes("str", "str, str, str", returns=MAP_OF_STRING, nulls="always"), _render_str_to_map,
          {"STR_TO_MAP('a=1,b=2')": {"$map": [["a", "1"], ["b", "2"]]}, "STR_TO_MAP('a')": {"$map": [["a", None]]}},
          fails=always),
    Entry("ELT", ("ELT(index, value1, value2, ...)",), "The value at an index (from 1).", _resolve_elt, _render_elt,
          {"ELT(2, 'a', 'b')": "b", "ELT(3, 'a', 'b')": None}, nulls="NULL when there is no such value"),
    _simple("ASCII", "ASCII(string)", "The first byte of the string in UTF-8 as a signed number; 0 if it is empty.",
            "str", text("(CASE WHEN ascii({0}) < 128 THEN CAST(ascii({0}) AS INTEGER) ELSE rr_ascii({0}) END)"),
            {"ASCII('a')": 97, "ASCII('é')": -61, "ASCII('')": 0}, returns=INT, null_object=False),
    _simple("CHR", "CHR(number)", "The character with a code from 0 to 255 (the number modulo 256); '' if negative.",
            "integer", text("(CASE WHEN {0} < 0 THEN '' ELSE chr(CAST({0} % 256 AS INTEGER)) END)"),
            {"CHR(97)": "a", "CHR(353)": "a", "CHR(-1)": ""}, nulls="always"),
    _simple("IS_ALPHA", "IS_ALPHA(string)", "TRUE if the string is all letters.", "str", joined("rr_is_alpha"),
            {"IS_ALPHA('abc')": True, "IS_ALPHA('a1')": False}, returns=BOOLEAN, nulls="never",
            note="FALSE for NULL and ''"),
    _simple("IS_DIGIT", "IS_DIGIT(string)", "TRUE if the string is all digits.", "str", joined("rr_is_digit"),
            {"IS_DIGIT('12')": True, "IS_DIGIT('1.2')": False}, returns=BOOLEAN, nulls="never",
            note="FALSE for NULL and ''"),
    _simple("IS_DECIMAL", "IS_DECIMAL(string)", "TRUE if the string is a number.", "str", joined("rr_is_decimal"),
            {"IS_DECIMAL('-1.5')": True, "IS_DECIMAL('a')": False}, returns=BOOLEAN, nulls="never",
            note="FALSE for NULL and ''"),
    _simple("HASH_CODE", "HASH_CODE(string)", "Java's hash code of the string.", "str", joined("rr_hash_code"),
            {"HASH_CODE('a')": 97}, returns=INT, null_object=False),
    Entry("PRINTF", ("PRINTF(format, value1, ...)",), "The values in a format as of Java's String.format.",
          _resolve_printf, joined("rr_printf"), {"PRINTF('%05d-%s', 42, 'a')": "00042-a"},
          nulls="NULL if the format is NULL; NULL as a value is written `null`"),
)  # fmt: skip

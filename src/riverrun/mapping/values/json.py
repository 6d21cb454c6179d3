"""JSON values in a mapping: an explicit null that is not "absent", texts of numbers, a decoder that keeps decimals."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import msgspec

from riverrun.event import Event


class Null:
    """The JSON null that is there. (None means absent.)"""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NULL"


NULL: Final = Null()
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def decode(text: str | bytes) -> Any:
    """JSON to Python values, decimals exact (Decimal). Raises ValueError."""
    try:
        return _decoder.decode(text)
    except msgspec.DecodeError:
        # A lone surrogate, which msgspec refuses and browsers can send.
        return _without_surrogates(json.loads(text, parse_float=Decimal))


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(one) for name, one in value.items()}
    return value


def parameters(event: Event) -> Any:
    """The custom parameters of an event; None when it has none."""
    value = event.parameters
    if type(value) is msgspec.Raw:
        value = decode(bytes(value))
    elif value is msgspec.UNSET:
        return None
    return NULL if value is None else value


def number_text(value: Any) -> str:
    """A number as the shortest exact decimal text; exponents only where they are long.

    >>> number_text(Decimal("9999999.4999999999")), number_text(Decimal("1.50")), number_text(1e-7)
    ('9999999.4999999999', '1.5', '1E-7')
    """
    if isinstance(value, int):
        return str(value)
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite():
        return str(exact)
    short = exact.normalize() if exact else Decimal(0)
    exponent = short.as_tuple().exponent
    return format(short, "f") if isinstance(exponent, int) and 0 < exponent < 22 else str(short)


def scalar_text(value: Any) -> str | None:
    """The text of a text, number or boolean; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return number_text(value)
    return None


def member_text(value: Any, name: str) -> str | None:
    """The text of a member of an object: `eventParameters().value(name)`.

    Absent when there is no such member, and when it is null, an object or an array. (Divolte gave an empty text for
    a missing one.)
    """
    return scalar_text(value.get(name)) if isinstance(value, dict) else None


def plain(value: Any) -> Any:
    """Decimals as floats, for those who know JSON's own numbers only."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return None if value is NULL else value

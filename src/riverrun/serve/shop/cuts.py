"""The shapes of jeans: half widths and heights of each cut, and what is special about it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Cut:
    """Half widths and heights of a pair of jeans, in units of the picture (300 by 380); its middle is at 150."""

    top: float = 62  # of the waistband
    waist: float = 46
    hip: float = 62
    crotch: float = 168
    knee_out: float = 57
    knee_in: float = 15
    hem_out: float = 55
    hem_in: float = 17
    hem: float = 348
    details: tuple[str, ...] = ()


_STRAIGHT = Cut()
_SLIM = Cut(hip=58, knee_out=50, knee_in=17, hem_out=45, hem_in=20)
_WIDE = Cut(hip=64, knee_out=72, knee_in=9, hem_out=84, hem_in=6)

CUTS = {
    "skinny": replace(_SLIM, hip=56, knee_out=45, knee_in=19, hem_out=39, hem_in=21),
    "superskinny": replace(_SLIM, hip=54, knee_out=42, knee_in=20, hem_out=36, hem_in=22),
    "jeggings": replace(_SLIM, waist=43, hip=53, knee_out=42, knee_in=20, hem_out=36, hem_in=22, details=("elastic",)),
    "slim": _SLIM,
    "ankle": replace(_SLIM, hem=322),
    "tapered": replace(_SLIM, hip=64, knee_out=54, knee_in=15, hem_out=42, hem_in=21),
    "petite": replace(_SLIM, waist=41, hip=52, knee_out=46, knee_in=15, hem_out=41, hem_in=18, crotch=158, hem=318),
    "jogger": replace(_SLIM, hip=62, knee_out=54, hem_out=42, hem_in=20, hem=330, details=("elastic", "cuffs", "cord")),
    "straight": _STRAIGHT,
    "bootcut": replace(_STRAIGHT, hip=58, knee_out=51, knee_in=17, hem_out=66, hem_in=9),
    "high": replace(_STRAIGHT, top=44, waist=42, details=("tall band",)),
    "low": replace(_STRAIGHT, top=86, waist=52, details=("belt",)),
    "boyfriend": replace(
        _STRAIGHT, hip=66, knee_out=63, knee_in=12, hem_out=58, hem_in=14, hem=330,
        details=("rolled",),
    ),
    "mom": replace(_STRAIGHT, top=46, waist=43, hip=68, knee_out=60, hem_out=47, hem_in=19, hem=334),
    "tall": replace(_STRAIGHT, top=42, crotch=142, hip=58, knee_out=52, hem_out=50, hem=344),
    "relaxed": replace(_STRAIGHT, hip=67, knee_out=64, knee_in=11, hem_out=61, hem_in=12),
    "vintage": replace(_STRAIGHT, top=50, waist=43, details=("patch", "belt")),
    "curvy": replace(_STRAIGHT, top=54, waist=40, hip=70, knee_out=60),
    "plus": replace(_STRAIGHT, waist=60, hip=78, knee_out=73, knee_in=10, hem_out=68, hem_in=12),
    "wide": _WIDE,
    "flare": replace(_WIDE, hip=57, knee_out=49, knee_in=18, hem_out=82, hem_in=3),
    "bell": replace(_WIDE, hip=57, knee_out=48, knee_in=19, hem_out=97, hem_in=-6, details=("patch",)),
    "paperbag": replace(_WIDE, top=58, waist=42, knee_out=70, hem_out=76, details=("frill", "sash")),
    "capri": replace(_SLIM, hem=274, details=("slit",)),
    "cropped": replace(_STRAIGHT, hem_out=56, hem=300),
    "jorts": replace(_STRAIGHT, hip=66, knee_out=72, knee_in=6, hem_out=73, hem_in=7, hem=252, details=("frayed",)),
    "cargo": replace(_STRAIGHT, hip=66, knee_out=65, knee_in=12, hem_out=60, hem_in=14, details=("cargo",)),
    "painter": replace(_STRAIGHT, hip=65, knee_out=63, knee_in=12, hem_out=60, hem_in=13, details=("loop", "paint")),
    "carpenter": replace(_STRAIGHT, hip=66, knee_out=64, knee_in=12, hem_out=61, hem_in=13, details=("loop", "knees")),
    "utility": replace(_STRAIGHT, hip=64, knee_out=60, knee_in=14, details=("zips", "knees", "belt")),
    "ripped": replace(_SLIM, details=("rips",)),
    "distressed": replace(_STRAIGHT, details=("rips", "scuffs", "frayed")),
    "patchwork": replace(_STRAIGHT, hip=64, knee_out=62, knee_in=12, hem_out=62, hem_in=12, details=("squares",)),
    "rawhem": replace(_STRAIGHT, hem=326, details=("frayed",)),
    "overalls": replace(
        _STRAIGHT, top=136, waist=52, hip=64, crotch=206, knee_out=62, knee_in=12, hem_out=60, hem_in=13,
        details=("bib",),
    ),
    "dungarees": replace(
        _WIDE, top=136, waist=54, hip=66, crotch=206, knee_out=68, hem_out=70, hem_in=10, hem=340,
        details=("bib", "rolled"),
    ),
}  # fmt: skip

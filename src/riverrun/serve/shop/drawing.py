"""Pictures of jeans, drawn from what a model is: its cut, its colour and its texture. SVG text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from riverrun.serve.shop.catalogue import Material, Model
from riverrun.serve.shop.cuts import CUTS, Cut

WIDTH, HEIGHT = 300, 380
_MIDDLE = 150.0
_SIDES = (-1, 1)
_METAL, _WOOD, _BRASS, _GOLD = "#8d9197", "#b98d5e", "#c9a063", "#d9a25a"
_BACKDROPS = ("#efe9df", "#e9e6e1", "#ece5e0", "#e4e8ea")
_PAINT = ("#e8e3d6", "#c9563c", "#e2b23c", "#5b8c7b")
_SMOOTH = ("leather", "velvet", "cord", "twill", "plain")


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """
    >>> element("rect", x=1.25, stroke_width=2)
    '<rect x="1.2" stroke-width="2"/>'
    """
    text = "".join(f' {key.rstrip("_").replace("_", "-")}="{_short(value)}"' for key, value in attributes.items())
    return f"<{name}{text}>{content}</{name}>" if content else f"<{name}{text}/>"


def _short(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) and abs(value) > 1 else str(value)


def path(d: str, **attributes: object) -> str:
    return element("path", d=d, **attributes)


def line(d: str, colour: str, width: float, **attributes: object) -> str:
    return path(d, fill="none", stroke=colour, stroke_width=width, **attributes)


def seam(d: str, thread: str, **attributes: object) -> str:
    return line(d, thread, 1.1, stroke_dasharray="3.2 1.8", **attributes)


def rect(x: float, y: float, width: float, height: float, fill: str, **attributes: object) -> str:
    return element("rect", x=x, y=y, width=width, height=height, fill=fill, **attributes)


def ellipse(x: float, y: float, rx: float, ry: float, fill: str, opacity: float = 1) -> str:
    return element("ellipse", cx=x, cy=y, rx=rx, ry=ry, fill=fill, opacity=opacity)


def mix(tone: str, other: str, share: float) -> str:
    """A colour between two.

    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = ((int(tone[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def dark(tone: str, share: float = 0.35) -> str:
    return mix(tone, "#0a0a12", share)


def light(tone: str, share: float = 0.3) -> str:
    return mix(tone, "#ffffff", share)


@lru_cache(maxsize=2048)
def picture(model: Model) -> str:
    """The whole picture of a model, on its hanger."""
    cut = CUTS[model.style.cut]
    backdrop = mix(_BACKDROPS[int(model.chance("backdrop") * 4)], model.material.tone, 0.06)
    clip = element("clipPath", path(_outline(cut)), id="c")
    parts = (
        f"<title>{model.name}</title>",
        element("defs", "".join(_paints(model.material)) + clip),
        rect(0, 0, WIDTH, HEIGHT, backdrop),
        ellipse(150, 366, 96, 6, "#000", 0.07),
        element("g", _hanger(cut) + "".join(_body(model, cut)), transform=f"translate(0 {max(0, 58 - cut.top)})"),
    )
    return element(
        "svg", "".join(parts), xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img"
    )


def _knee(cut: Cut) -> float:
    return cut.crotch + (min(cut.hem + 50, 348) - cut.crotch) * 0.5


def _leg(cut: Cut, side: int) -> str:
    """One leg with its half of the seat, as a path; `side` is -1 (left) or 1."""

    def x(half: float) -> str:
        return f"{_MIDDLE + side * half:.1f}"

    knee, hip = _knee(cut), cut.top + (cut.crotch - cut.top) * 0.62
    return (
        f"M{_MIDDLE} {cut.top} L{x(cut.waist)} {cut.top} "
        f"C{x(cut.waist + 2)} {cut.top + 18} {x(cut.hip)} {hip - 22} {x(cut.hip)} {hip} "
        f"C{x(cut.hip)} {hip + 30} {x(cut.knee_out)} {knee - 40} {x(cut.knee_out)} {knee} "
        f"C{x(cut.knee_out)} {knee + 30} {x(cut.hem_out)} {cut.hem - 40} {x(cut.hem_out)} {cut.hem} "
        f"L{x(cut.hem_in)} {cut.hem + 2} "
        f"C{x(cut.hem_in)} {cut.hem - 40} {x(cut.knee_in)} {knee + 30} {x(cut.knee_in)} {knee} "
        f"C{x(cut.knee_in - 4)} {knee - 34} {x(2)} {cut.crotch + 12} {_MIDDLE} {cut.crotch} Z"
    )


def _outline(cut: Cut) -> str:
    return _leg(cut, -1) + " " + _leg(cut, 1)


def _hanger(cut: Cut) -> str:
    bib = "bib" in cut.details
    bar = 36 if bib else cut.top - 14
    hook = line(f"M150 {bar} V{bar - 12} q0 -5 5 -7 a7 7 0 1 0 -10 -6", _METAL, 2.5)
    if bib:
        return hook + line("M96 50 Q150 22 204 50", _WOOD, 7, stroke_linecap="round")
    rod = rect(_MIDDLE - cut.waist - 6, bar - 2, 2 * cut.waist + 12, 5, _WOOD, rx=2.5)
    clips = (rect(_MIDDLE + side * (cut.waist - 14) - 5, bar - 4, 10, 24, _METAL, rx=2) for side in _SIDES)
    return hook + rod + "".join(clips)


def _paints(material: Material) -> Iterator[str]:
    """The gradients and the pattern that a material is painted with."""
    tone = material.tone
    edge = mix(tone, dark(tone, 0.28), 0.55)
    front = light(tone, 0.42 if material.texture == "washed" else 0.10)
    tones = ((0, edge), (0.28, front), (0.5, edge), (0.72, front), (1, edge))
    yield element("linearGradient", "".join(element("stop", offset=at, stop_color=c) for at, c in tones), id="g")
    shades = ((0, 0.16), (0.35, 0), (1, 0.22))
    stops = "".join(element("stop", offset=at, stop_color="#000", stop_opacity=opacity) for at, opacity in shades)
    yield element("linearGradient", stops, id="s", x2=0, y2=1)
    size, content = _texture(material)
    yield element("pattern", content or "<g/>", id="t", width=size, height=size, patternUnits="userSpaceOnUse")


def _texture(material: Material) -> tuple[int, str]:
    """(size, content) of the pattern that lies over the cloth."""
    pale, deep = light(material.tone, 0.35), dark(material.tone, 0.4)
    match material.texture:
        case "denim" | "selvedge" | "washed":
            return 4, line("M0 4 L4 0", pale, 0.8, opacity=0.45)
        case "twill":
            return 5, line("M0 5 L5 0", deep, 0.8, opacity=0.35)
        case "cord":
            return 5, rect(0, 0, 2.4, 5, deep, opacity=0.4) + rect(3, 0, 1, 5, pale, opacity=0.35)
        case "linen":
            return 6, line("M0 1H6M1 0V6", pale, 0.7, opacity=0.6) + line("M0 4H6M4 0V6", deep, 0.5, opacity=0.3)
        case "crochet":
            ring = element("circle", cx=5.5, cy=5.5, r=3.6, fill="none", stroke=deep, stroke_width=1.5, opacity=0.5)
            return 11, ring + ellipse(0, 0, 2, 2, deep, 0.28) + ellipse(11, 11, 2, 2, deep, 0.28)
        case "acid":
            blots = ((9, 8, 9), (34, 20, 12), (18, 38, 10), (46, 46, 8), (2, 55, 7))
            spots = "".join(ellipse(x, y, r, r * 0.7, light(material.tone, 0.65), 0.6) for x, y, r in blots)
            return 58, spots + ellipse(26, 6, 5, 5, deep, 0.25) + ellipse(8, 27, 6, 6, deep, 0.22)
    return 8, ""


def _thread(material: Material) -> str:
    special = {"Black": "#57575f", "White": "#c9c2b2"}.get(material.name)
    return special or (dark(material.tone, 0.45) if material.texture in _SMOOTH else mix(_GOLD, material.tone, 0.25))


def _body(model: Model, cut: Cut) -> Iterator[str]:
    material, thread = model.material, _thread(model.material)
    if "frill" in cut.details:
        yield _frill(cut, material)
    if "bib" in cut.details:
        yield _bib(cut, material, thread)
    yield path(_outline(cut), fill="url(#g)", stroke=dark(material.tone), stroke_width=1.2, stroke_linejoin="round")
    cloth = [rect(0, 0, WIDTH, HEIGHT, "url(#t)"), *_surface(model, cut)]
    cloth += [rect(0, 0, WIDTH, HEIGHT, "url(#s)"), *_sewing(cut, material, thread)]
    yield element("g", "".join(cloth), clip_path="url(#c)")
    yield from _waistband(cut, material, thread)
    yield from _extras(cut, material, thread)


def _surface(model: Model, cut: Cut) -> Iterator[str]:
    """What lies in the cloth itself: fading, shine, squares, paint, holes."""
    material, knee = model.material, _knee(cut)
    shine = {"leather": 0.30, "velvet": 0.16}.get(material.texture)
    for side in _SIDES:
        if material.texture in ("washed", "acid"):
            yield ellipse(_MIDDLE + side * 36, cut.crotch + 28, 13, 62, "#fff", 0.26)
        if shine:
            d = f"M{_MIDDLE + side * 40} {cut.top + 30} Q{_MIDDLE + side * 50} {knee} {_MIDDLE + side * 34} {cut.hem}"
            yield line(d, "#fff", 7, opacity=shine, stroke_linecap="round")
        if "knees" in cut.details:
            x = _MIDDLE + side * (cut.knee_out + cut.knee_in) / 2 - 25
            yield rect(
                x, knee - 34, 50, 62, dark(material.tone, 0.14),
                stroke=_thread(material), stroke_dasharray="3 2", opacity=0.85,
            )  # fmt: skip
        if "scuffs" in cut.details:
            yield ellipse(_MIDDLE + side * 38, cut.crotch + 20, 14, 30, "#fff", 0.28)
    if "squares" in cut.details:
        yield from _squares(model, cut)
    if "paint" in cut.details:
        drops = (
            (112, 190, 6),
            (124, 214, 3),
            (186, 236, 7),
            (196, 216, 3),
            (108, 282, 5),
            (178, 300, 4),
            (190, 178, 3),
        )
        for number, (x, y, r) in enumerate(drops):
            yield ellipse(x, y, r, r, _PAINT[number % len(_PAINT)], 0.9)
    if "rips" in cut.details:
        yield from _rips(cut, knee)


def _rips(cut: Cut, knee: float) -> Iterator[str]:
    for side, lift in ((-1, 0.0), (1, -26.0)):
        x, y = _MIDDLE + side * (cut.knee_out + cut.knee_in) / 2, knee + lift
        hole = f"M{x - 17} {y} q8 -9 17 -7 q10 -2 17 6 q-4 10 -17 10 q-14 1 -17 -9Z"
        yield path(hole, fill="#d9b496", stroke="#eee8dc", stroke_width=1.4)
        yield line(f"M{x - 14} {y - 2}h28M{x - 15} {y + 2}h30M{x - 12} {y + 6}h25", "#f3efe6", 1.2)


def _squares(model: Model, cut: Cut) -> Iterator[str]:
    tone, size = model.material.tone, 36
    tones = (tone, light(tone, 0.35), dark(tone, 0.25), "#8c6f56", "#a9b7c6")
    for row in range(int((cut.hem - cut.top) / size) + 1):
        for column in range(6):
            fill = tones[int(model.chance(f"square {row} {column}") * len(tones))]
            at = (42 + column * size, cut.top + row * size)
            yield rect(*at, size, size, fill, opacity=0.72, stroke=_GOLD, stroke_width=0.9, stroke_dasharray="3 2")


def _sewing(cut: Cut, material: Material, thread: str) -> Iterator[str]:
    """Seams, fly and pockets."""
    top, knee, shadow = cut.top, _knee(cut), dark(material.tone, 0.5)
    yield line(f"M150 {top} V{cut.crotch}", shadow, 1, opacity=0.7)
    yield seam(f"M158 {top + 12} V{cut.crotch - 38} Q158 {cut.crotch - 22} 150 {cut.crotch - 18}", thread)
    for side in _SIDES:
        x, far = _MIDDLE + side * (cut.waist - 6), _MIDDLE + side * (cut.hip + 4)
        pocket = f"M{x - side * 12} {top + 10} Q{x - side * 8} {top + 40} {far} {top + 44}"
        yield line(pocket, shadow, 1, opacity=0.6)
        yield seam(f"M{x - side * 15} {top + 10} Q{x - side * 11} {top + 43} {far} {top + 47}", thread)
        inner, inner_hem = _MIDDLE + side * (cut.knee_in + 4), _MIDDLE + side * (cut.hem_in + 4)
        inseam = f"M{_MIDDLE + side * 5} {cut.crotch + 8} Q{inner} {knee - 20} {inner} {knee} L{inner_hem} {cut.hem}"
        yield seam(inseam, thread, opacity=0.55)
        if "frayed" not in cut.details:
            low, high = _MIDDLE + side * (cut.hem_in - 4), _MIDDLE + side * (cut.hem_out + 4)
            yield seam(f"M{low} {cut.hem - 7} L{high} {cut.hem - 9}", thread)
        if material.texture == "selvedge":
            edge = f"M{_MIDDLE + side * (cut.hem_out - 3)} {cut.hem - 14} v16"
            yield line(edge, "#f2efe8", 4) + line(edge, "#b33a32", 1.2)


def _waistband(cut: Cut, material: Material, thread: str) -> Iterator[str]:
    if "frill" in cut.details:
        return
    tall = 16 if "tall band" in cut.details else 11
    left, wide = _MIDDLE - cut.waist - 0.6, 2 * cut.waist + 1.2
    yield rect(left, cut.top - 1, wide, tall, dark(material.tone, 0.10), rx=2, stroke=dark(material.tone))
    if "elastic" in cut.details:
        gathers = "".join(f"M{left + 4 + 5 * i:.1f} {cut.top + 1}v{tall - 4}" for i in range(int(wide / 5)))
        yield line(gathers, dark(material.tone), 1, opacity=0.55)
        return
    yield seam(f"M{left + 2} {cut.top + tall - 3.5} h{wide - 4}", thread)
    for at in (-0.72, -0.32, 0.32, 0.72):
        yield rect(_MIDDLE + at * cut.waist - 2, cut.top - 3, 4, tall + 5, dark(material.tone, 0.22), rx=1)
    button = cut.top + tall / 2 - 0.5
    yield element("circle", cx=150, cy=button, r=3.4, fill=_BRASS, stroke="#7b5a2a", stroke_width=0.8)


def _extras(cut: Cut, material: Material, thread: str) -> Iterator[str]:
    """What sits on top: pockets, cuffs, belts."""
    tone, top, details = material.tone, cut.top, cut.details
    for side in _SIDES:
        yield from _leg_extras(cut, material, thread, side)
    if "loop" in details:
        yield line(f"M{_MIDDLE + cut.hip - 2} {cut.crotch - 26} q16 14 -2 44", dark(tone, 0.22), 6)
    if "cord" in details:
        strings = f"M146 {top + 9} q-4 22 -7 34 M154 {top + 9} q4 18 6 38"
        yield line(strings, "#f1ece1", 2.4, stroke_linecap="round")
    if "sash" in details:
        yield rect(_MIDDLE - cut.waist - 2, top + 2, 2 * cut.waist + 4, 11, dark(tone, 0.25), rx=3)
        ends = f"M152 {top + 10} q14 18 8 44 M150 {top + 10} q-10 16 -8 34"
        yield line(ends, dark(tone, 0.3), 6, stroke_linecap="round")
    if "belt" in details:
        yield rect(_MIDDLE - cut.waist, top + 1, 2 * cut.waist, 7, "#6b4327")
        yield rect(143, top - 1, 14, 11, "none", rx=2, stroke="#d2b27a", stroke_width=2.4)
    if "patch" in details:
        yield rect(_MIDDLE + cut.waist * 0.36, top + 14, 15, 10, _WOOD, rx=1, stroke="#6b4327", stroke_width=0.8)


def _leg_extras(cut: Cut, material: Material, thread: str, side: int) -> Iterator[str]:
    tone, details = material.tone, cut.details
    inner, outer = sorted((_MIDDLE + side * cut.hem_in, _MIDDLE + side * cut.hem_out))
    if "cargo" in details:
        x, y = _MIDDLE + side * (cut.knee_out - 4) - 20, _knee(cut) - 42
        yield rect(x, y, 40, 44, dark(tone, 0.18), rx=3, stroke=dark(tone))
        yield rect(x - 2, y - 4, 44, 14, dark(tone, 0.25), rx=2, stroke=thread, stroke_dasharray="3 2")
    if "zips" in details:
        zip_ = f"M{_MIDDLE + side * 24} {cut.top + 60} l{20 * side} 26"
        yield line(zip_, "#c8ccd1", 3, stroke_dasharray="2 1.4")
    if "cuffs" in details:
        yield rect(inner - 1, cut.hem - 4, outer - inner + 2, 15, dark(tone, 0.25), rx=3, stroke=dark(tone))
    if "rolled" in details:
        yield rect(inner - 2, cut.hem - 15, outer - inner + 4, 18, light(tone, 0.45), rx=2, stroke=dark(tone))
    if "frayed" in details:
        step = (outer - inner) / 13
        threads = "".join(
            f"M{inner + step * i:.1f} {cut.hem - 1} l{(-1) ** i * 1.5} {6 + i % 3 * 2}" for i in range(14)
        )
        yield line(threads, light(tone, 0.6), 1.4)
    if "slit" in details:
        yield line(f"M{_MIDDLE + side * (cut.hem_out - 1)} {cut.hem - 18} l{-3 * side} 20", dark(tone), 1.6)


def _frill(cut: Cut, material: Material) -> str:
    """The gathered edge above the belt of a paperbag waist."""
    left, step = _MIDDLE - cut.waist - 5, (2 * cut.waist + 10) / 8
    waves = "".join(f" q{step / 2:.1f} -13 {step:.1f} 0" for _ in range(8))
    d = f"M{left + 4} {cut.top + 6} L{left} {cut.top - 10}{waves} L{_MIDDLE + cut.waist + 1} {cut.top + 6}Z"
    return path(d, fill=light(material.tone, 0.08), stroke=dark(material.tone))


def _bib(cut: Cut, material: Material, thread: str) -> str:
    tone, top, half = material.tone, 74, cut.waist - 12
    front = f"M{_MIDDLE - half} {cut.top + 2} L{_MIDDLE - 34} {top} H{_MIDDLE + 34} L{_MIDDLE + half} {cut.top + 2}Z"
    pocket = f"M{_MIDDLE - 20} {top + 18} h40 v24 l-20 9 l-20 -9Z"
    straps = f"M{_MIDDLE - 26} {top + 8} L118 44 M{_MIDDLE + 26} {top + 8} L182 44"
    return (
        line(straps, dark(tone, 0.12), 12)
        + path(front, fill="url(#g)", stroke=dark(tone))
        + path(front, fill="url(#t)")
        + path(pocket, fill=dark(tone, 0.12), stroke=thread, stroke_dasharray="3 2")
        + ellipse(_MIDDLE - 26, top + 9, 4, 4, _BRASS)
        + ellipse(_MIDDLE + 26, top + 9, 4, 4, _BRASS)
    )

"""What the shop sells: a model is a material and a style, in the words of the generated data (docs/generate.md)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache

SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL")


@dataclass(frozen=True)
class Material:
    """`tone` is its colour, `texture` what drawing.py makes of it, `weight` how dear it is (0 to 1)."""

    name: str
    tone: str
    texture: str
    weight: float
    feel: str
    care: str = "Wash at 30 degrees, inside out. Line dry."


@dataclass(frozen=True)
class Style:
    """`family` is a group of styles on the home page, `cut` the shape that drawing.py draws."""

    name: str
    family: str
    cut: str
    weight: float
    fit: str

    @property
    def slug(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Family:
    """A group of styles; `face` is the slug of the model that stands for it."""

    name: str
    blurb: str
    face: str


_RINSE = "Wash rarely and cold. Expect the dye to rub off a little at first."
_HAND = "Wash by hand, dry flat."
_WIPE = "Wipe with a damp cloth. Do not wash, do not iron."

MATERIALS = (
    Material("Classic", "#3f5f8a", "denim", 0.35, "The mid-blue everybody means when they say jeans."),
    Material("Retro", "#6b86a3", "washed", 0.40, "A faded seventies blue with warm, golden seams."),
    Material("Navy", "#263450", "denim", 0.40, "Deep navy that goes with a blazer as well as with a hoodie."),
    Material("Stonewashed", "#7f97b2", "washed", 0.38, "Tumbled with pumice until it is soft from the first day."),
    Material("Acid-washed", "#9fb3c6", "acid", 0.42, "Marbled light blue. It is 1987 and you are winning."),
    Material("Blue", "#3c6fb0", "denim", 0.30, "A clear, honest blue."),
    Material("Black", "#26262a", "twill", 0.36, "Black that stays black, wash after wash."),
    Material("White", "#efece4", "twill", 0.34, "Bright and dense enough to keep a secret."),
    Material("Khaki", "#9a8b62", "twill", 0.32, "Dusty khaki for walks that became longer than planned."),
    Material("Denim", "#4a678f", "denim", 0.25, "Plain denim at a plain price."),
    Material("Raw-Denim", "#1f2c4a", "denim", 0.75, "Unwashed, stiff, and yours within half a year.", _RINSE),
    Material("Selvedge", "#22365c", "selvedge", 0.90, "Woven slowly on shuttle looms, with a clean edge.", _RINSE),
    Material("Stretch-Denim", "#45669a", "denim", 0.35, "Two percent elastane: sit down without thinking about it."),
    Material("Corduroy", "#8a5a35", "cord", 0.45, "Fine ribs, warm as toast."),
    Material("Chambray", "#8fabc9", "linen", 0.38, "Light as a shirt, for the first warm days."),
    Material("Twill", "#6f7358", "twill", 0.33, "Smooth, hard-wearing cotton twill in olive."),
    Material("Leather", "#2e2320", "leather", 1.00, "Soft lamb leather with a quiet shine.", _WIPE),
    Material("Velvet", "#4d2343", "velvet", 0.70, "Cotton velvet the colour of blackberries.", _HAND),
    Material("Linen-Blend", "#c9b896", "linen", 0.50, "Linen and cotton that crease exactly as they should."),
    Material("Organic-Cotton", "#5d7fa6", "denim", 0.52, "Organically grown cotton, dyed with a tenth of the water."),
    Material("Recycled-Denim", "#566f8c", "washed", 0.48, "Made from jeans that had a first life."),
    Material("Overdyed", "#3b2d52", "denim", 0.46, "Blue denim dyed once more, in aubergine.", _RINSE),
    Material("Coated-Denim", "#33373f", "leather", 0.62, "Denim with a waxed finish that cracks beautifully.", _WIPE),
    Material("TENCEL", "#7d8ea3", "plain", 0.58, "Flowing fibre from wood, cool on the skin.", _HAND),
    Material("Crochet", "#d8c7a6", "crochet", 0.80, "Hooked by hand, lined to the knee.", _HAND),
)  # fmt: skip

FAMILIES = (
    Family("Slim", "Close to the leg, easy on the move.", "navy-slim-jeans"),
    Family("Straight", "The shape that outlives every trend.", "classic-straight-leg-jeans"),
    Family("Wide", "Room to breathe, from hip to hem.", "linen-blend-wide-leg-jeans"),
    Family("Short", "For warm days and good socks.", "acid-washed-jorts-jeans"),
    Family("Work", "Pockets, loops and seams that hold.", "twill-cargo-jeans"),
    Family("Statement", "Jeans that start conversations.", "denim-patchwork-jeans"),
)

STYLES = (
    Style("Skinny", "Slim", "skinny", 0.30, "Tight from waist to ankle."),
    Style("Bootcut", "Straight", "bootcut", 0.40, "Straight to the knee, then room for a boot."),
    Style("Flare", "Wide", "flare", 0.45, "Fitted thigh, generous bell from the knee."),
    Style("Ripped", "Statement", "ripped", 0.45, "Slim, with both knees out."),
    Style("Capri", "Short", "capri", 0.30, "Ends at mid-calf."),
    Style("Jogger", "Slim", "jogger", 0.35, "Drawstring waist and ribbed cuffs."),
    Style("High-waist", "Straight", "high", 0.45, "Sits at the waist, straight leg."),
    Style("Low-rise", "Straight", "low", 0.35, "Sits on the hip, straight leg."),
    Style("Straight-leg", "Straight", "straight", 0.40, "The same width from knee to hem."),
    Style("Boyfriend", "Straight", "boyfriend", 0.40, "Borrowed from somebody larger, rolled once."),
    Style("Mom", "Straight", "mom", 0.42, "High waist, roomy hip, tapered ankle."),
    Style("Wide-leg", "Wide", "wide", 0.50, "Falls straight down from the hip."),
    Style("Jorts", "Short", "jorts", 0.20, "Shorts with ambition, to the knee."),
    Style("Cargo", "Work", "cargo", 0.50, "Two large pockets on the thigh."),
    Style("Tall", "Straight", "tall", 0.45, "Ten centimetres more leg."),
    Style("Relaxed", "Straight", "relaxed", 0.38, "Easy through seat and thigh."),
    Style("Slim", "Slim", "slim", 0.38, "Narrow, not tight."),
    Style("Super-skinny", "Slim", "superskinny", 0.34, "A second skin."),
    Style("Cropped", "Short", "cropped", 0.36, "Straight, and shows the ankle bone."),
    Style("Ankle", "Slim", "ankle", 0.36, "Slim and ends right at the ankle."),
    Style("Bell-bottom", "Wide", "bell", 0.52, "The widest hem we make."),
    Style("Distressed", "Statement", "distressed", 0.46, "Worn down by experts."),
    Style("Patchwork", "Statement", "patchwork", 0.60, "Sewn from squares, no two alike."),
    Style("Painter", "Work", "painter", 0.48, "Straight, with a loop and the paint of others."),
    Style("Carpenter", "Work", "carpenter", 0.48, "Hammer loop and double knees."),
    Style("Utility", "Work", "utility", 0.50, "Zips, patch pockets, strong seams."),
    Style("Paperbag-waist", "Wide", "paperbag", 0.46, "Gathered high waist with a belt."),
    Style("Raw-hem", "Statement", "rawhem", 0.42, "Cut off and left to fray."),
    Style("Vintage", "Straight", "vintage", 0.55, "The cut of 1974, without the smell."),
    Style("Tapered", "Slim", "tapered", 0.40, "Room on top, narrow below."),
    Style("Curvy-fit", "Straight", "curvy", 0.42, "Narrower waist, fuller hip."),
    Style("Petite", "Slim", "petite", 0.36, "All proportions for 160 cm and less."),
    Style("Plus-size", "Straight", "plus", 0.42, "Cut anew for larger sizes, not scaled."),
    Style("Overalls", "Work", "overalls", 0.70, "Bib, straps, seven pockets."),
    Style("Dungarees", "Work", "dungarees", 0.68, "Overalls for the weekend."),
    Style("Jeggings", "Slim", "jeggings", 0.25, "Leggings that look the part."),
)  # fmt: skip

_LEAST_CENTS, _STEPS, _STEP_CENTS = 1499, 9, 500


@dataclass(frozen=True)
class Model:
    material: Material
    style: Style

    @property
    def name(self) -> str:
        return f"{self.material.name} {self.style.name} Jeans"

    @property
    def slug(self) -> str:
        return self.name.lower().replace(" ", "-")

    @property
    def price_cents(self) -> int:
        """14.99 to 59.99, by what it is made of and how much work it is."""
        worth = 0.65 * self.material.weight + 0.35 * self.style.weight + 0.1 * self.chance("price")
        return _LEAST_CENTS + _STEP_CENTS * round(_STEPS * min(max((worth - 0.28) / 0.58, 0.0), 1.0))

    @property
    def price(self) -> str:
        return f"${self.price_cents / 100:.2f}"

    @property
    def rating(self) -> float:
        return round(3.6 + 1.3 * self.chance("rating"), 1)

    @property
    def ratings(self) -> int:
        return 4 + int(self.chance("ratings") ** 3 * 400)

    def chance(self, what: str) -> float:
        """0 to 1: always the same for this model and this purpose."""
        return zlib.crc32(f"{self.name} {what}".encode()) / 2**32


@cache
def models() -> dict[str, Model]:
    """All models by their slug."""
    return {model.slug: model for model in (Model(m, s) for s in STYLES for m in MATERIALS)}


@cache
def styles() -> dict[str, Style]:
    return {style.slug: style for style in STYLES}


def of_style(style: Style) -> list[Model]:
    return [model for model in models().values() if model.style is style]


def of_family(family: str) -> list[Style]:
    return [style for style in STYLES if style.family == family]


def like(model: Model, count: int) -> list[Model]:
    """Other models that go with one: the same material in its family first."""
    others = [other for other in models().values() if other is not model and other.style is not model.style]
    return sorted(others, key=lambda other: (_distance(model, other), other.chance(model.slug)))[:count]


def _distance(one: Model, other: Model) -> int:
    return 2 * (one.style.family != other.style.family) + (one.material.texture != other.material.texture)


def favourites(purpose: str, count: int) -> list[Model]:
    """`count` models of different styles and materials, always the same for one purpose."""
    found: list[Model] = []
    for model in sorted(models().values(), key=lambda model: model.chance(purpose)):
        if all(model.style is not one.style and model.material is not one.material for one in found):
            found.append(model)
        if len(found) == count:
            break
    return found


def search(words: str, limit: int = 48) -> list[Model]:
    """Models that have every word, or a word that begins so; those with the very words in their name first."""
    wanted = [word for word in _words(words) if word not in ("jean", "jeans", "the", "a", "in", "and")]
    found = [model for model in models().values() if _matches(model, wanted)]
    ranked = sorted(found, key=lambda model: (-len({*wanted} & {*_words(model.name)}), -model.ratings))
    return ranked[:limit] if words.strip() else []


def _words(text: str) -> list[str]:
    return text.lower().replace("-", " ").split()


def _matches(model: Model, wanted: list[str]) -> bool:
    have = _words(f"{model.name} {model.style.family}")
    return all(any(word.startswith(want) for word in have) for want in wanted)

"""The pages on which one looks at jeans: home, categories, products, search."""

from __future__ import annotations

from html import escape

from riverrun.serve.shop.catalogue import (
    FAMILIES,
    MATERIALS,
    SIZES,
    STYLES,
    Model,
    Style,
    favourites,
    like,
    models,
    of_family,
    of_style,
    search,
)
from riverrun.serve.shop.layout import Page, cards, crumbs, picture_of

SORTS = {"popular": "Most loved", "price": "Price, low to high", "-price": "Price, high to low", "name": "A to Z"}


def home() -> Page:
    hero = [models()[slug] for slug in ("selvedge-straight-leg-jeans", "retro-flare-jeans", "navy-overalls-jeans")]
    families = "".join(
        f'<li><a href="/category/{models()[family.face].style.slug}">{picture_of(models()[family.face], alt="")}'
        f"<strong>{family.name}</strong><span>{family.blurb}</span></a></li>"
        for family in FAMILIES
    )
    body = f"""<section class="hero">
<div>
<h1>Hang loose.</h1>
<p>Nine hundred pairs of jeans, and the one that you will not take off again.</p>
<p><a class="button" href="/category/wide-leg">New: wide legs</a>
<a class="button pale" href="/category/straight-leg">The classics</a></p>
</div>
<div class="rail">{"".join(f'<a href="/product/{m.slug}">{picture_of(m, lazy=False)}</a>' for m in hero)}</div>
</section>
<section><h2>By shape</h2><ul class="families">{families}</ul></section>
<section><h2>Loved this week</h2>{cards(favourites("this week", 8))}</section>
<section class="promises">
<p><strong>Free delivery</strong>Three to five days, with no least order.</p>
<p><strong>100 days to return</strong>Worn once is fine. Worn to a festival is not.</p>
<p><strong>Free repairs</strong>A torn knee is our problem, for ever.</p>
</section>
<section><h2>Just in</h2>{cards(favourites("just in", 4))}</section>"""
    return Page("Jeans", body)


def category(style: Style, sort: str) -> Page:
    found = sorted_by(of_style(style), sort)
    siblings = "".join(
        f'<li><a href="/category/{other.slug}"{" aria-current=page" if other is style else ""}>{other.name}</a></li>'
        for other in of_family(style.family)
    )
    body = f"""{crumbs(("Home", "/"))}
<div class="heading"><div><h1>{style.name} jeans</h1><p>{style.fit}</p></div>{_sort_form(sort)}</div>
<ul class="chips" aria-label="{style.family}">{siblings}</ul>
<p class="quiet">{len(found)} models</p>
{cards(found)}"""
    return Page(f"{style.name} jeans", body)


def sorted_by(found: list[Model], sort: str) -> list[Model]:
    match sort:
        case "price":
            return sorted(found, key=lambda model: (model.price_cents, model.name))
        case "-price":
            return sorted(found, key=lambda model: (-model.price_cents, model.name))
        case "name":
            return sorted(found, key=lambda model: model.name)
    return sorted(found, key=lambda model: -model.ratings)


def _sort_form(sort: str, query: str | None = None) -> str:
    options = "".join(
        f'<option value="{key}"{" selected" if key == sort else ""}>{name}</option>' for key, name in SORTS.items()
    )
    kept = "" if query is None else f'<input type="hidden" name="q" value="{escape(query)}">'
    return (
        f'<form class="sort">{kept}<label>Sort by <select name="sort" data-submit>{options}</select></label>'
        "<noscript><button>Sort</button></noscript></form>"
    )


def product(model: Model) -> Page:
    style, material = model.style, model.material
    colours = "".join(
        f'<li><a href="/product/{other.slug}" title="{other.material.name}"'
        f"{' aria-current=page' if other is model else ''}>{_swatch(other)}</a></li>"
        for other in of_style(style)
    )
    sizes = "".join(
        f'<label><input type="radio" name="size" value="{size}"><span>{size}</span></label>' for size in SIZES
    )
    body = f"""{crumbs(("Home", "/"), (f"{style.name} jeans", f"/category/{style.slug}"))}
<article class="product">
<div class="stage">{picture_of(model, lazy=False)}</div>
<div class="facts">
<h1>{model.name}</h1>
<p class="quiet">{model.rating} / 5 from {model.ratings} customers</p>
<p class="big price">{model.price}</p>
<p>{material.feel} {style.fit}</p>
<form id="buy" data-slug="{model.slug}" data-model="{model.name}" data-cents="{model.price_cents}">
<fieldset class="sizes"><legend>Size</legend>{sizes}</fieldset>
<button class="button wide" disabled>Add to cart</button>
<p id="buy-message" role="status"></p>
</form>
<h2 class="small">Fabric: {material.name}</h2>
<ul class="swatches">{colours}</ul>
<details open><summary>Fit</summary><p>{style.fit} {_model_wears(model)}</p></details>
<details><summary>Fabric and care</summary><p>{material.feel} {material.care}</p></details>
<details><summary>Delivery and returns</summary><p>Free, in three to five days. 100 days to return.</p></details>
</div>
</article>
<section><h2>Goes with it</h2>{cards(like(model, 4))}</section>"""
    parameters = {"model": model.name, "price": model.price_cents / 100}
    return Page(model.name, body, kind="product", signal="PRODUCT_VIEW", parameters=parameters)


def _swatch(model: Model) -> str:
    return (
        '<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">'
        f'<circle cx="12" cy="12" r="11" fill="{model.material.tone}" stroke="#0002"/></svg>'
        f'<span class="unseen">{model.material.name}</span>'
    )


def _model_wears(model: Model) -> str:
    height, size = 164 + int(model.chance("height") * 26), SIZES[1 + int(model.chance("size") * 5)]
    return f"Our model is {height} cm tall and wears {size}."


def results(query: str, sort: str) -> Page:
    found = search(query)
    shown = found if sort == "popular" else sorted_by(found, sort)
    parameters: dict[str, object] = {"query": query, "results": len(found)}
    body = f'{crumbs(("Home", "/"))}<div class="heading"><h1>{_search_heading(query, len(found))}</h1>'
    body += (_sort_form(sort, query) if found else "") + "</div>"
    body += cards(shown) if found else _suggestions(query)
    return Page(f"Search: {query}", body, signal="SEARCH", parameters=parameters, query=query)


def _search_heading(query: str, count: int) -> str:
    if not query:
        return "Search"
    return f"{count} {'model' if count == 1 else 'models'} for &ldquo;{escape(query)}&rdquo;"


def _suggestions(query: str) -> str:
    hint = "Nothing fits. Try a fabric or a cut:" if query else "What are you looking for? A fabric or a cut, perhaps:"
    words = [*(material.name for material in MATERIALS[::5]), *(style.name for style in STYLES[::7])]
    links = "".join(f'<li><a href="/search?q={word}">{word}</a></li>' for word in words)
    loved = f"<section><h2>Loved this week</h2>{cards(favourites('this week', 4))}</section>"
    return f'<p>{hint}</p><ul class="chips">{links}</ul>{loved}'

from riverrun.mapping import *

uri = parse(location(), to="uri")
with when(uri.path() == "/"):
    map("home", onto="kind")
with otherwise():
    with when(uri.path().starts_with("/jeans/")):
        map("product", onto="kind")
    with otherwise():
        map("other", onto="kind")

map(format("{}x{}", screen_pixel_width(), screen_pixel_height()), onto="size")
map(uri.path().replace("[^a-z]+", "-").trim(), onto="slug")
map("t:" + event_type() + "!", onto="joined")
map(viewport_pixel_width() >= 1000, onto="big")
map(bot(), onto="bot")
map(new_party(), onto="new")
map("SPADES", onto="level")
map(42, onto="n")
map(cookie("a").or_else(cookie("b")).or_else("nobody"), onto="first")
map(campaign().source(), onto="source")
map(campaign().medium(), onto="medium")
map(campaign().click_id(), onto="click")
map(referer_class(), onto="class")
map(timestamp().to_iso8601(), onto="iso")


@function(returns="string")
def greeting(name: str, kind: str | None) -> str | None:
    if name == "bad":
        raise ValueError("no greeting for bad")
    return f"hello {name}"


map(greeting(event_parameters().value("name"), event_type()), onto="who")

with when(event_type() == "heartbeat"):
    drop("heartbeat")

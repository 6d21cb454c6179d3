"""The shop's clicks: from events of the tag to records of click-event.avsc.

Try it: riverrun mapping check --schema examples/shop/click-event.avsc --script examples/shop/mapping.py
"""

from riverrun.mapping import *

KINDS = "PAGE_VIEW|SEARCH|PRODUCT_VIEW|ADD_TO_CART|REMOVE_FROM_CART|CART_VIEW|CHECKOUT_START|CHECKOUT_COMPLETE|LOGIN"

# What happened. The tag's own page view counts as one of the shop's.
with when(event_type() == "pageView"):
    map("PAGE_VIEW", onto="type")
with otherwise():
    with when(~event_type().matches(KINDS)):
        drop("unknown event type")
    map(event_type(), onto="type")

# Who: the tag's ids, so that `divolte.sessionId` in the browser finds its own records.
map(session_id(), onto="sessionid")
map(event_id(), onto="eventid")
map(event_parameters().path("$.customer"), onto="customer")

# With what.
agent = user_agent()
map(agent.device().or_else("Other"), onto="context.device.type")
map(agent.os().or_else("unknown"), onto="context.device.os")
resolution = format("{}x{}", screen_pixel_width(), screen_pixel_height())
map(resolution.or_else("unknown"), onto="context.device.resolution")
map(agent.name().or_else("unknown"), onto="context.browser.name")
map(agent.version().or_else(""), onto="context.browser.version")
map(user_agent_string().or_else(""), onto="context.browser.useragent")
map(cookie("_dvp").is_present(), onto="context.browser.enabled.cookies")
map(source_type() == "browser", onto="context.browser.enabled.javascript")
map(remote_host().or_else("unknown"), onto="context.ipaddress")
opted_out = (header("DNT").first() == "1") | (header("Sec-GPC").first() == "1")
map(opted_out, onto="context.donottrack")

# Where, and when. Pages of the shop itself are no referrers.
map(location().or_else(event_parameters().value("url")).or_else("unknown"), onto="url")
with when(referer_class() != "internal"):
    map(referer(), onto="referrer")
map(event_parameters().value("product"), onto="product")
map(client_timestamp().to_iso8601(), onto="timestamp")

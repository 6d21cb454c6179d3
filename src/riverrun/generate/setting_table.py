"""The table of settings: name, default, meaning, bounds, and what the original made of it.

The first 117 are those of IBM's Kafka Connect generator of the same shop (version 0.7.0), under the same names.
"""

from __future__ import annotations

from riverrun.generate.setting import Setting, Value

_TIMING = "milliseconds between two"
_DELAY = "greatest delay, in seconds, between what happened and its record"
_DUPLICATE = "share of records that are sent twice, back to back"


def _delay(topic: str, default: int, original: str = "") -> Setting:
    return Setting(f"eventdelays.{topic}.secs.max", default, f"{_DELAY} ({topic})", 0, 900, original)


def _duplicates(topic: str, default: float, original: str = "") -> Setting:
    return Setting(f"duplicates.{topic}.ratio", default, f"{_DUPLICATE} ({topic})", 0, 1, original)


def _timing(name: str, default: int, least: int, what: str, original: str = "") -> Setting:
    return Setting(f"timings.ms.{name}", default, what, least, 86_400_000, original)


def _topic(name: str, default: str) -> Setting:
    return Setting(f"topic.name.{name}", default, f"topic of the {name} stream; also the name of its file")


_FORMATS = (
    Setting(
        "formats.timestamps",
        "yyyy-MM-dd HH:mm:ss.SSS",
        "pattern of timestamps without a zone (orders, cancellations, "
        "stock movements, badge-ins, transactions); the time is UTC",
        None,
        None,
        "the time zone of the JVM; also used for one in thirty registrations",
    ),
    Setting(
        "formats.timestamps.ltz",
        "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
        "pattern of timestamps in UTC (clicks, registrations, online and abandoned orders, returns, reviews)",
        None,
        None,
        "the Z is only a letter: the time is that of the JVM's zone",
    ),
)

_TOPICS = (
    _topic("orders", "ORDERS.NEW"),
    _topic("cancellations", "CANCELLATIONS"),
    _topic("stockmovements", "STOCK.MOVEMENT"),
    _topic("badgeins", "DOOR.BADGEIN"),
    _topic("newcustomers", "CUSTOMERS.NEW"),
    _topic("sensorreadings", "SENSOR.READINGS"),
    _topic("onlineorders", "ORDERS.ONLINE"),
    _topic("outofstocks", "STOCK.NOSTOCK"),
    _topic("returnrequests", "PRODUCT.RETURNS"),
    _topic("productreviews", "PRODUCT.REVIEWS"),
    _topic("transactions", "TRANSACTIONS"),
    _topic("abandonedorders", "ORDERS.ABANDONED"),
    _topic("clicktracking", "CLICKTRACKING"),
)

_STARTUP = (
    Setting(
        "startup.history.enabled",
        False,
        "begin seven days earlier, so that there is history when the run starts",
        original="another, thinner kind of data, and a seam where live data begins",
    ),
)

_TIMINGS = (
    _timing("orders", 30_000, 500, f"{_TIMING} normal orders"),
    _timing("falsepositives", 600_000, 60_000, f"{_TIMING} innocent sequences that look like fraud"),
    _timing("suspiciousorders", 3_600_000, 60_000, f"{_TIMING} sequences that are fraud"),
    _timing("stockmovements", 300_000, 60_000, f"{_TIMING} stock movements"),
    _timing("badgeins", 600, 500, f"{_TIMING} badge-ins"),
    _timing("newcustomers", 543_400, 5_000, f"{_TIMING} registrations in a store"),
    _timing("sensorreadings", 27_000, 5_000, f"{_TIMING} readings of a random sensor"),
    _timing("highsensorreadings", 18_000, 4_000, f"{_TIMING} readings of the problem sensor"),
    _timing("onlineorders", 8_000, 500, f"{_TIMING} visits to the web shop"),
    _timing(
        "clicktracking",
        15_000,
        5_000,
        "greatest gap, in milliseconds, between two clicks of a visit; the least is 3000",
        "documented as an interval, but a maximum there too",
    ),
    _timing("returnrequests", 300_000, 60_000, f"{_TIMING} return requests"),
    _timing("productreviews", 60_000, 30_000, f"{_TIMING} reviews that do not follow a return"),
    _timing("transactions", 20_000, 5_000, f"{_TIMING} events of transactions"),
)

_DELAYS = (
    _delay("orders", 0, "has no effect"),
    _delay("cancellations", 0),
    _delay("stockmovements", 0),
    _delay("badgeins", 180),
    _delay("newcustomers", 0, "registrations in a store only"),
    _delay("sensorreadings", 300),
    _delay("outofstocks", 0, "has no effect"),
    _delay("returnrequests", 0),
    _delay("productreviews", 0, "only reviews that do not follow a return"),
    _delay("transactions", 0),
)

_DUPLICATES = (
    _duplicates("orders", 0.0, "normal orders only"),
    _duplicates("cancellations", 0.0),
    _duplicates("stockmovements", 0.1),
    _duplicates("badgeins", 0.0),
    _duplicates("newcustomers", 0.0, "registrations in a store only"),
    _duplicates("sensorreadings", 0.0),
    _duplicates("onlineorders", 0.0, "also rules the clicks"),
    _duplicates("outofstocks", 0.0),
    _duplicates("returnrequests", 0.0),
    _duplicates("productreviews", 0.0),
    _duplicates("transactions", 0.0),
    _duplicates("abandonedorders", 0.0),
    _duplicates("clicktracking", 0.0, "has no effect: duplicates.onlineorders.ratio is read instead"),
)

_PRODUCTS = (
    Setting(
        "products.sizes",
        ("XXS", "XS", "S", "M", "L", "XL", "XXL"),
        "sizes; the middle of the list is the most frequent",
    ),
    Setting(
        "products.materials",
        (
            "Classic",
            "Retro",
            "Navy",
            "Stonewashed",
            "Acid-washed",
            "Blue",
            "Black",
            "White",
            "Khaki",
            "Denim",
            "Raw-Denim",
            "Selvedge",
            "Stretch-Denim",
            "Corduroy",
            "Chambray",
            "Twill",
            "Leather",
            "Velvet",
            "Linen-Blend",
            "Organic-Cotton",
            "Recycled-Denim",
            "Overdyed",
            "Coated-Denim",
            "TENCEL",
            "Crochet",
        ),
        "materials, or whatever stands second in a name",
    ),
    Setting(
        "products.styles",
        (
            "Skinny",
            "Bootcut",
            "Flare",
            "Ripped",
            "Capri",
            "Jogger",
            "High-waist",
            "Low-rise",
            "Straight-leg",
            "Boyfriend",
            "Mom",
            "Wide-leg",
            "Jorts",
            "Cargo",
            "Tall",
            "Relaxed",
            "Slim",
            "Super-skinny",
            "Cropped",
            "Ankle",
            "Bell-bottom",
            "Distressed",
            "Patchwork",
            "Painter",
            "Carpenter",
            "Utility",
            "Paperbag-waist",
            "Raw-hem",
            "Vintage",
            "Tapered",
            "Curvy-fit",
            "Petite",
            "Plus-size",
            "Overalls",
            "Dungarees",
            "Jeggings",
        ),
        "styles, or whatever stands third in a name",
    ),
    Setting(
        "products.name",
        "Jeans",
        "what all products are called",
        None,
        None,
        "with a blank in it no out-of-stock event comes, and history fails",
    ),
    Setting("prices.min", 14.99, "lowest price of a product", 0.01),
    Setting("prices.max", 59.99, "highest price of a product", 0.01),
    Setting(
        "prices.maxvariation",
        9.99,
        "by how much a price may fall after large orders (never below 0.01)",
        0.01,
        None,
        "the price may become negative",
    ),
)

_ORDERS = (
    Setting("orders.small.quantity.min", 1, "least quantity of a small order, and of a normal one", 1),
    Setting("orders.small.quantity.max", 5, "greatest quantity of a small order", 1),
    Setting("orders.large.quantity.min", 5, "least quantity of a large order", 1),
    Setting(
        "orders.large.quantity.max",
        10,
        "greatest quantity of a large order, and of a normal one",
        1,
        None,
        "its README says 15",
    ),
    Setting("cancellations.ratio", 0.005, "share of normal orders that are cancelled", 0, 1, "0 is refused"),
    Setting("cancellations.delay.ms.min", 300_000, "least time from a normal order to its cancellation", 60_000),
    Setting("cancellations.delay.ms.max", 7_200_000, "greatest time from a normal order to its cancellation", 120_000),
    Setting(
        "cancellations.reasons",
        ("CHANGEDMIND", "BADFIT", "SHIPPINGDELAY", "DELIVERYERROR", "CHEAPERELSEWHERE"),
        "reasons for a cancellation",
    ),
    Setting(
        "suspicious.cancellations.delay.ms.min",
        900_000,
        "least time from a large order of a fraud, or of what looks like one, to its cancellation",
        60_000,
    ),
    Setting(
        "suspicious.cancellations.delay.ms.max",
        1_800_000,
        "greatest time from a large order of a fraud, or of what looks like one, to its cancellation",
        120_000,
    ),
    Setting("suspicious.cancellations.max", 3, "most large orders in one fraud", 1, 1000),
    Setting(
        "suspicious.cancellations.customernames",
        ("Suspicious Bob", "Naughty Nigel", "Criminal Clive", "Dastardly Derek"),
        "who commits fraud",
        blanks=True,
    ),
    Setting(
        "newcustomers.order.ratio",
        0.22,
        "share of customers registered in a store who then order",
        0,
        1,
        "0 is refused",
    ),
    Setting(
        "newcustomers.order.delay.ms.min",
        180_000,
        "least time from a registration in a store to the first order",
        10_000,
    ),
    Setting(
        "newcustomers.order.delay.ms.max",
        1_380_000,
        "greatest time from a registration in a store to the first order",
        30_000,
    ),
)

_ONLINE = (
    Setting("onlineorders.products.max", 5, "most products in a basket", 1, 100),
    Setting("onlineorders.customer.emails.min", 1, "fewest e-mail addresses of a customer of the web shop", 1, 20),
    Setting("onlineorders.customer.emails.max", 2, "most e-mail addresses of a customer of the web shop", 1, 20),
    Setting("onlineorders.address.phones.min", 0, "fewest telephone numbers of an address of an online order", 0, 20),
    Setting("onlineorders.address.phones.max", 2, "most telephone numbers of an address of an online order", 0, 20),
    Setting("onlineorders.reuse.address.ratio", 0.55, "share of online orders billed to the shipping address", 0, 1),
    Setting(
        "onlineorders.outofstock.ratio", 0.22, "share of online orders after which a product is out of stock", 0, 1
    ),
    Setting("onlineorders.cities", (), "cities of shipping addresses (none: invented ones)", blanks=True, empty=True),
    Setting("onlineorders.url", "https://loosehangerjeans.com", "address of the web shop, in the URLs of clicks"),
    Setting("onlineorders.clickevents.max", 50, "most clicks in a visit", 5, 10_000),
    Setting(
        "onlineorders.abandoned.ratio",
        0.1,
        "chance that a visitor with something in the basket leaves, at each click",
        0,
        1,
    ),
    Setting("onlineorders.loggedin.ratio", 0.2, "share of visits that begin logged in", 0, 1),
    Setting("onlineorders.marketing.ratio", 0.4, "share of visits that come from a campaign", 0, 1),
    Setting("onlineorders.sessions.max", 25, "most visits at a time", 2),
    Setting("outofstocks.restocking.delay.days.min", 1, "fewest days until a product is there again", 1),
    Setting("outofstocks.restocking.delay.days.max", 5, "most days until a product is there again", 3),
    Setting("outofstocks.delay.ms.min", 300_000, "least time from an online order to the out-of-stock event", 60_000),
    Setting(
        "outofstocks.delay.ms.max", 7_200_000, "greatest time from an online order to the out-of-stock event", 120_000
    ),
)

_RETURNS = (
    Setting("returnrequests.products.min", 1, "fewest products in a return request", 1, 100),
    Setting("returnrequests.products.max", 4, "most products in a return request", 1, 100),
    Setting("returnrequests.product.quantity.min", 1, "least quantity of a returned product", 1),
    Setting("returnrequests.product.quantity.max", 3, "greatest quantity of a returned product", 1),
    Setting(
        "returnrequests.customer.emails.min", 1, "fewest e-mail addresses of a customer in a return request", 1, 20
    ),
    Setting("returnrequests.customer.emails.max", 2, "most e-mail addresses of a customer in a return request", 1, 20),
    Setting(
        "returnrequests.address.phones.min", 0, "fewest telephone numbers of an address of a return request", 0, 20
    ),
    Setting("returnrequests.address.phones.max", 2, "most telephone numbers of an address of a return request", 0, 20),
    Setting("returnrequests.reuse.address.ratio", 0.75, "share of return requests with only one address", 0, 1),
    Setting(
        "returnrequests.reasons",
        ("CHANGEDMIND", "BADFIT", "SHIPPINGDELAY", "DELIVERYERROR", "CHEAPERELSEWHERE", "OTHER"),
        "reasons for a return",
    ),
    Setting("returnrequests.review.ratio", 0.32, "share of return requests that a review follows", 0, 1),
    Setting(
        "returnrequests.product.with.size.issue.ratio", 0.22, "share of returned products that run small or large", 0, 1
    ),
    Setting("productreviews.products.with.size.issue.count", 10, "how many products run small or large", 0),
    Setting(
        "productreviews.review.with.size.issue.ratio",
        0.75,
        "share of reviews of products that run small or large which say so",
        0,
        1,
    ),
    Setting("productreviews.delay.ms.min", 300_000, "least time from a return request to its review", 60_000),
    Setting("productreviews.delay.ms.max", 3_600_000, "greatest time from a return request to its review", 120_000),
)

_REST = (
    Setting("transactions.max.ids", 6, "how many transaction ids there are", 1, 100_000),
    Setting("transactions.amount.min", 100.0, "least amount of a transaction event", 100),
    Setting("transactions.amount.max", 1000.0, "greatest amount of a transaction event", 100, 1000),
    Setting("transactions.valid.ratio", 0.8, "share of transactions that are completed", 0, 1),
    Setting(
        "highsensorreadings.outlier.ratio", 0.0, "share of readings of the problem sensor that cannot be true", 0, 1
    ),
    Setting("locations.regions", ("NA", "SA", "EMEA", "APAC", "ANZ"), "regions of orders"),
    Setting(
        "locations.regions.countries",
        "NA:CA,US,MX;SA:BR,PY,UY;EMEA:BE,FR,CH,GB,DE,ES;APAC:ID,SG,BN,PH;ANZ:AU,NZ",
        "countries of each region; the country is the key of an order",
    ),
    Setting("locations.warehouses", ("North", "South", "West", "East", "Central"), "warehouses of stock movements"),
    Setting("priorities.priority", ("normal", "high", "urgent"), "priorities of orders, in a header"),
)

ORIGINAL: tuple[Setting, ...] = (
    *_FORMATS,
    *_TOPICS,
    *_STARTUP,
    *_TIMINGS,
    *_DELAYS,
    *_DUPLICATES,
    *_PRODUCTS,
    *_ORDERS,
    *_ONLINE,
    *_RETURNS,
    *_REST,
)

EXTRA: tuple[Setting, ...] = (
    Setting("shop.regulars", 2000, "customers who registered before the run began", 100, 10_000_000),
    Setting(
        "shop.recent.ratio",
        0.5,
        "share of visits begun logged in whose customer registered during the run; the others are regulars",
        0,
        1,
    ),
    Setting(
        "shop.daily.amplitude",
        0.0,
        "how much traffic follows the hour of the day: 0 is not at all; with 0.7 there are "
        "1.7 times as many visits as on average at 16:00 UTC and 0.3 times at 04:00",
        0,
        0.95,
    ),
    Setting(
        "shop.campaigns.effect", 0.0, "how much the campaign decides whether a visitor leaves without buying", 0, 1
    ),
    Setting("shop.bots.ratio", 0.0, "share of visits by crawlers: pages at an even pace, no log-in, no basket", 0, 0.9),
    Setting(
        "shop.coherent.context",
        False,
        "only browsers that exist on the operating system, and referrers that agree with the campaign",
    ),
    Setting("faults.topics", (), "streams with faults (none named: all)", empty=True),
    Setting("faults.late.ratio", 0.0, "share of records that arrive late, behind newer ones", 0, 1),
    Setting("faults.late.secs.min", 5, "least lateness of late records", 1, 604_800),
    Setting("faults.late.secs.max", 3600, "greatest lateness of late records", 1, 604_800),
    Setting("faults.disorder.ratio", 0.0, "share of records that arrive slightly out of order", 0, 1),
    Setting("faults.disorder.ms.max", 900, "by how much at most they come too late", 1, 60_000),
    Setting("faults.duplicates.ratio", 0.0, "share of records that are delivered again later", 0, 1),
    Setting("faults.duplicates.secs.max", 60, "how much later at most", 1, 604_800),
    Setting("faults.malformed.ratio", 0.0, "share of records that cannot be read as what they should be", 0, 1),
    Setting("faults.missing.ratio", 0.0, "share of records that lack a field", 0, 1),
    Setting(
        "faults.skew.ratio", 0.0, "share of producers (visits, or single records elsewhere) whose clock is wrong", 0, 1
    ),
    Setting("faults.skew.secs.max", 300, "by how much at most it is wrong, either way", 1, 604_800),
)

# What `--lively` sets: traffic that a person would want to look at.
LIVELY: dict[str, Value] = {
    "shop.daily.amplitude": 0.7,
    "shop.campaigns.effect": 1.0,
    "shop.bots.ratio": 0.03,
    "shop.coherent.context": True,
    "onlineorders.sessions.max": 60,
}

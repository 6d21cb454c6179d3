"""What visitors come with: campaigns, referrers, devices, browsers; and what kinds of clicks there are.

The lists and their shares are facts of the original; docs/generate.md has the tables.
"""

from __future__ import annotations

import numpy as np

CLICKS = (
    "PAGE_VIEW", "SEARCH", "PRODUCT_VIEW", "ADD_TO_CART", "REMOVE_FROM_CART", "CART_VIEW", "CHECKOUT_START",
    "CHECKOUT_COMPLETE", "LOGIN",
)  # fmt: skip
(
    PAGE_VIEW,
    SEARCH,
    PRODUCT_VIEW,
    ADD_TO_CART,
    REMOVE_FROM_CART,
    CART_VIEW,
    CHECKOUT_START,
    CHECKOUT_COMPLETE,
    LOGIN,
) = range(len(CLICKS))

# Weights of the next click (columns) after a click (rows), before the impossible ones are taken out.
TRANSITIONS = np.array(
    [
        [0.30, 0.25, 0.30, 0.00, 0.00, 0.10, 0.00, 0.00, 0.05],
        [0.15, 0.25, 0.50, 0.00, 0.00, 0.05, 0.00, 0.00, 0.05],
        [0.25, 0.10, 0.00, 0.50, 0.00, 0.10, 0.00, 0.00, 0.05],
        [0.25, 0.20, 0.00, 0.00, 0.00, 0.50, 0.00, 0.00, 0.05],
        [0.25, 0.00, 0.00, 0.00, 0.00, 0.75, 0.00, 0.00, 0.00],
        [0.20, 0.20, 0.00, 0.00, 0.10, 0.00, 0.45, 0.00, 0.05],
        [0.30, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.70, 0.00],
        [1.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00],  # never used: the visit is over
        [0.55, 0.00, 0.00, 0.00, 0.00, 0.45, 0.00, 0.00, 0.00],
    ]
)
BOT_CLICKS = np.array([0.50, 0.10, 0.40, 0, 0, 0, 0, 0, 0])

UTM_SOURCES = (
    "google", "facebook", "twitter", "linkedin", "instagram", "youtube", "tiktok", "pinterest", "reddit", "bing",
    "newsletter", "email", "affiliate", "partner", "referral", "direct", "qr_code", "sms",
)  # fmt: skip
_NAMED_SOURCES = {"google": 30, "facebook": 20, "email": 10, "twitter": 10, "linkedin": 5, "instagram": 5}
UTM_SOURCE_WEIGHTS = tuple(_NAMED_SOURCES.get(source, 0) + 20 / len(UTM_SOURCES) for source in UTM_SOURCES)

UTM_MEDIUMS = (
    "cpc", "ppc", "paid_search", "organic_search", "organic_social", "paid_social", "display", "banner", "email",
    "newsletter",
    "affiliate", "referral", "video", "cpm", "native", "retargeting", "social", "push_notification", "sms",
    "influencer",
)  # fmt: skip
_SEARCH_MEDIUMS, _SOCIAL_MEDIUMS = ("cpc", "organic_search"), ("paid_social", "organic_social")
MEDIUMS_OF_SOURCE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("google", "bing"), _SEARCH_MEDIUMS),
    **dict.fromkeys(("facebook", "instagram", "twitter", "linkedin", "tiktok", "pinterest"), _SOCIAL_MEDIUMS),
    **dict.fromkeys(("email", "newsletter"), ("email",)),
    "affiliate": ("affiliate",),
    "referral": ("referral",),
}
MEDIUMS_WITH_TERM = ("cpc", "ppc", "paid_search")

CAMPAIGN_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CAMPAIGN_TYPES = (
    "spring_sale", "summer_promo", "fall_campaign", "winter_deals", "black_friday", "cyber_monday", "holiday_sale",
    "new_year",
    "back_to_school", "easter_promo", "mothers_day", "fathers_day", "product_launch", "brand_awareness", "lead_gen",
    "webinar",
    "ebook_download", "free_trial", "demo_request", "newsletter_signup", "retargeting", "abandoned_cart",
    "customer_retention", "upsell", "cross_sell", "referral_program", "loyalty_rewards",
)  # fmt: skip
UTM_CONTENTS = (
    "hero_banner", "sidebar_ad", "footer_link", "header_cta", "popup", "exit_intent", "inline_text", "button_primary",
    "button_secondary", "image_ad", "video_ad", "carousel_1", "carousel_2", "carousel_3", "featured_product",
    "bestseller",
    "new_arrival", "clearance", "testimonial", "case_study", "blog_post", "landing_page", "version_a", "version_b",
    "control",
    "variant_1", "variant_2",
)  # fmt: skip
UTM_TERMS = (
    "best", "cheap", "affordable", "premium", "luxury", "discount", "sale", "deal", "offer", "coupon", "free",
    "online", "buy",
    "shop", "order", "near_me", "review", "compare", "vs", "alternative",
)  # fmt: skip

# Parameter, first letters of the click id, how many letters follow.
CLICK_IDS: dict[str, tuple[str, tuple[str, ...], int]] = {
    **dict.fromkeys(("google", "bing"), ("gclid", ("Cj0KCQiA", "EAIaIQob", "CjwKCAjw"), 20)),
    **dict.fromkeys(("facebook", "instagram"), ("fbclid", ("IwAR", "IwZX", "IwY"), 24)),
    "tiktok": ("ttclid", ("",), 28),
}
CLICK_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

REFERRER_HOSTS = (
    "google", "facebook", "twitter", "linkedin", "instagram", "youtube", "reddit", "pinterest", "tiktok", "bing",
    "yahoo",
    "duckduckgo",
)  # fmt: skip
REFERRER_PATHS = ("/search", "/feed", "/discover", "/trending", "/home", "")

# With shop.campaigns.effect = 1: by how much the chance to leave is multiplied.
LEAVING_BY_MEDIUM: dict[str, float] = {
    "email": 0.45, "newsletter": 0.45, "retargeting": 0.5, "cpc": 0.7, "ppc": 0.7, "paid_search": 0.7,
    "organic_search": 0.9,
    "affiliate": 0.8, "referral": 0.8, "display": 2.2, "banner": 2.2, "cpm": 2.2, "paid_social": 1.6,
    "organic_social": 1.2,
    "influencer": 1.4, "video": 1.8,
}  # fmt: skip

DESKTOP, MOBILE, TABLET = range(3)
DEVICES = ("Desktop", "Mobile", "Tablet")
DEVICE_WEIGHTS = (50, 40, 10)
SYSTEMS = (
    ("Windows 10", "Windows 11", "macOS 13.0", "macOS 14.0", "macOS 15.0", "Ubuntu 22.04", "Ubuntu 24.04", "Fedora 38",
            "Debian 12"),
    ("Android 13", "Android 14", "Android 15", "iOS 16.0", "iOS 17.0", "iOS 18.0"),
    ("Android 13", "Android 14", "iPadOS 16.0", "iPadOS 17.0", "iPadOS 18.0"),
)  # fmt: skip
_HANDHELD = ("Chrome Mobile", "Safari Mobile", "Samsung Internet", "Firefox Mobile", "Opera Mobile")
BROWSERS = (("Chrome", "Firefox", "Safari", "Edge", "Opera", "Brave"), _HANDHELD, _HANDHELD)
_CHROME = tuple(f"{number}.0.0.0" for number in range(119, 124))
VERSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Chrome", "Chrome Mobile", "Opera", "Opera Mobile", "Brave", "Samsung Internet"), _CHROME),
    **dict.fromkeys(("Firefox", "Firefox Mobile"), tuple(f"{number}.0" for number in range(120, 125))),
    **dict.fromkeys(("Safari", "Safari Mobile"), ("16.6", "17.0", "17.1", "17.2", "17.3", "17.4")),
    "Edge": _CHROME[:4],
}
RESOLUTIONS = (
    ("1920x1080", "2560x1440", "3840x2160", "1680x1050", "1366x768", "1440x900", "2560x1600", "3440x1440", "1600x900",
            "1280x720"),
    ("390x844", "393x851", "412x915", "360x800", "414x896", "375x812", "428x926", "393x873", "412x892", "360x780"),
    ("1024x768", "2048x1536", "1280x800", "2560x1600", "2224x1668", "2388x1668", "2732x2048", "1200x1920", "1600x2560"),
)  # fmt: skip

# Crawlers that say who they are: name, version, user agent.
BOTS = (
    ("Googlebot", "2.1", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    ("bingbot", "2.0", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
    ("AhrefsBot", "7.0", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"),
    ("SemrushBot", "7", "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)"),
)


def exists(browser: str, system: str) -> bool:
    """Whether there is such a browser for the operating system."""
    apple = system.startswith(("macOS", "iOS", "iPadOS"))
    if browser.startswith("Safari"):
        return apple
    if browser == "Samsung Internet":
        return system.startswith("Android")
    return True


def user_agent(device: int, system: str, browser: str, version: str) -> str:
    """The text that the browser sends.

    >>> user_agent(DESKTOP, "Windows 11", "Firefox", "122.0")
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/122.0'
    """
    return f"Mozilla/5.0 {_platform(device, system)} {_engine(device, browser, version)}"


def _platform(device: int, system: str) -> str:
    name, _, number = system.partition(" ")
    match name:
        case "Windows":
            return "(Windows NT 10.0; Win64; x64)"
        case "macOS":
            return "(Macintosh; Intel Mac OS X 10_15_7)"
        case "Android":
            return f"(Linux; Android {number}; {'SM-G991B' if device == MOBILE else 'SM-T870'})"
        case "iOS":
            return f"(iPhone; CPU iPhone OS {number.replace('.', '_')} like Mac OS X)"
        case "iPadOS":
            return f"(iPad; CPU OS {number.replace('.', '_')} like Mac OS X)"
    return "(X11; Linux x86_64)"


def _engine(device: int, browser: str, version: str) -> str:
    blink, gecko = "AppleWebKit/537.36 (KHTML, like Gecko)", "Gecko/20100101"
    apple = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
    match browser:
        case "Chrome" | "Brave":
            return f"{blink} Chrome/{version} Safari/537.36"
        case "Chrome Mobile":
            return f"{blink} Chrome/{version} Mobile Safari/537.36"
        case "Firefox" | "Firefox Mobile":
            return f"{gecko} Firefox/{version}"
        case "Safari":
            return f"{apple} Version/{version} Safari/605.1.15"
        case "Safari Mobile":
            return f"{apple} Version/{version} Mobile/15E148 Safari/604.1"
        case "Edge":
            return f"{blink} Chrome/{version} Safari/537.36 Edg/{version}"
        case "Samsung Internet":
            return f"{blink} SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36"
    return f"{blink} Chrome/{version} Safari/537.36 OPR/105.0.0.0"

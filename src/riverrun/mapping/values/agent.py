"""User agents: ua-parser's data under the names that Divolte's mapping scripts use, and a few plainer ones.

Divolte used uadetector with data of 2014. The names below keep its values as far as today's data allows; the
differences
are listed in docs/mapping-agents.md.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

UNKNOWN = "unknown"
_LONGEST = 2048


class Agent(NamedTuple):
    """What a User-Agent header says.

    name .. os_vendor   uadetector's members
    device              Desktop, Mobile, Tablet, TV, Console, Watch, Bot or Other
    os                  family and version in one text: "Android 13", "macOS 10.15.7"
    bot                 whether it says that it is a robot; `bot_signal` says by what
    """

    name: str
    family: str
    vendor: str
    type: str
    version: str
    device_category: str
    os_family: str
    os_version: str
    os_vendor: str
    device: str
    device_brand: str | None
    device_model: str | None
    os: str
    bot: bool
    bot_signal: str | None


_VENDORS = {
    "Chrome": "Google Inc.", "Chromium": "Google Inc.", "Android": "Google Inc.", "Firefox": "Mozilla Foundation",
    "Safari": "Apple Inc.", "IE": "Microsoft Corporation.", "Edge": "Microsoft Corporation.",
    "Opera": "Opera Software ASA.",
    "Samsung Internet": "Samsung Electronics Co., Ltd.", "Googlebot": "Google Inc.",
    "bingbot": "Microsoft Corporation.",
    "Vivaldi": "Vivaldi Technologies AS", "Yandex Browser": "Yandex LLC", "UC Browser": "UCWeb Inc.",
}  # fmt: skip
_OS_FAMILIES = {"Mac OS X": "OS X", "Chrome OS": "Chrome OS", "Windows Phone": "Windows"}
_OS_VENDORS = {
    "OS X": "Apple Computer, Inc.", "iOS": "Apple Inc.", "iPadOS": "Apple Inc.", "Windows": "Microsoft Corporation.",
    "Android": "Google, Inc.", "Chrome OS": "Google Inc.", "Ubuntu": "Canonical Ltd.", "Fedora": "Red Hat, Inc.",
    "BlackBerry OS": "Research In Motion Limited", "Tizen": "Samsung Electronics Co., Ltd.", "Linux": "",
}  # fmt: skip
# ua-parser's families of browsers for small screens -> the family that uadetector had
_FAMILIES = {
    "Mobile Safari": "Safari", "Mobile Safari UI/WKWebView": "Safari", "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome", "Chrome Mobile WebView": "Chrome", "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge", "Opera Mobile": "Opera", "Opera Mini": "Opera", "IE Mobile": "IE",
    "HeadlessChrome": "Chrome",
}  # fmt: skip
_MAIL = ("Thunderbird", "Outlook", "Apple Mail", "Lotus Notes", "Windows Live Mail")
_LIBRARIES = (
    "Python Requests", "Python-urllib", "curl", "Wget", "okhttp", "Apache-HttpClient", "Java", "Go-http-client",
    "axios",
    "aiohttp", "Python aiohttp", "HTTPie", "libwww-perl", "python-requests", "node-fetch", "got", "PHP", "Ruby",
)  # fmt: skip
_LIBRARY = re.compile(
    r"(?i)\b(?:python-(?:requests|urllib|httpx)|aiohttp|curl|wget|okhttp|apache-httpclient|go-http-client|axios|libwww-perl"
    r"|node-fetch|java/\d|guzzlehttp|httpie|scrapy)\b"
)
_HEADLESS = re.compile(r"(?i)headless|phantomjs|puppeteer|playwright|selenium|slimerjs|electron")
_BOT = re.compile(r"(?i)bot\b|bot/|crawl|spider|slurp|archiver|monitor(?:ing)?\b|preview|lighthouse|pingdom|uptime")
_TV = re.compile(r"(?i)smart-?tv|\btv\b|hbbtv|appletv|googletv|roku|bravia|web0s|netcast|crkey|aftb|aftt")
_CONSOLE = re.compile(r"(?i)playstation|xbox|nintendo")
_WATCH = re.compile(r"(?i)\bwatch\b|watchos|wear os")
_TABLET = re.compile(r"(?i)ipad|tablet|kindle|silk/|playbook|nexus (?:7|9|10)\b|sm-[tx]\d|\btab\b")
_PHONE = re.compile(r"(?i)mobile|iphone|ipod|windows phone|blackberry|opera mini|opera mobi|symbian")

_CATEGORIES = {
    "Desktop": "Personal computer", "Mobile": "Smartphone", "Tablet": "Tablet", "TV": "Smart TV",
    "Console": "Game console", "Watch": "Wearable computer", "Bot": "Other", "Other": UNKNOWN,
}  # fmt: skip


def parse_agent(text: str) -> Agent:
    """What `text` says; members that nothing is known about are "unknown" or empty, never absent. The last some
    thousand answers are kept."""
    return _parse_agent(text[:_LONGEST])


@lru_cache(maxsize=4096)
def _parse_agent(text: str) -> Agent:
    found: Any = _parser().parse(text)
    browser, system, hardware = found.user_agent, found.os, found.device
    family = browser.family if browser else UNKNOWN
    os_family = system.family if system else UNKNOWN
    os_family = _OS_FAMILIES.get(os_family, os_family)
    signal = bot_signal(text, spider=hardware is not None and hardware.family == "Spider")
    device = "Bot" if signal in ("crawler", "library") else _device(text, os_family)
    os_version = _version(system)
    plain_os = {"OS X": "macOS"}.get(os_family, os_family)
    if plain_os == "iOS" and device == "Tablet":
        plain_os = "iPadOS"
    general = _FAMILIES.get(family, family)
    return Agent(
        name=family,
        family=general,
        vendor=_VENDORS.get(general, ""),
        type=_type(family, device, signal),
        version=_version(browser),
        device_category=_CATEGORIES[device],
        os_family=os_family,
        os_version=os_version,
        os_vendor=_OS_VENDORS.get(os_family, ""),
        device=device,
        device_brand=hardware.brand if hardware else None,
        device_model=hardware.model if hardware else None,
        os=f"{plain_os} {os_version}".rstrip(),
        bot=signal is not None,
        bot_signal=signal,
    )


@lru_cache(maxsize=1)
def _parser() -> Any:
    """Built at first use: the compiled matchers take a moment."""
    from ua_parser import Parser
    from ua_parser.loaders import load_lazy_builtins
    from ua_parser.regex import Resolver

    return Parser(Resolver(load_lazy_builtins()))


def _version(part: Any) -> str:
    if part is None:
        return ""
    numbers = (part.major, part.minor, part.patch, part.patch_minor)
    return ".".join(number for number in numbers if number)


def _device(text: str, os_family: str) -> str:
    for name, pattern in (("TV", _TV), ("Console", _CONSOLE), ("Watch", _WATCH), ("Tablet", _TABLET)):
        if pattern.search(text):
            return name
    if _PHONE.search(text):
        return "Mobile"
    if os_family == "Android":
        return "Tablet"  # Android without "Mobile" is how tablets say it
    desktops = ("Windows", "OS X", "Linux", "Ubuntu", "Fedora", "Debian", "Chrome OS", "FreeBSD", "OpenBSD", "Solaris")
    return "Desktop" if os_family in desktops else "Other"


def _type(family: str, device: str, signal: str | None) -> str:
    if signal == "crawler":
        return "Robot"
    if signal == "library" or family in _LIBRARIES:
        return "Library"
    if family in _MAIL:
        return "Email client"
    if family in (UNKNOWN, "Other"):
        return UNKNOWN
    return "Mobile Browser" if device in ("Mobile", "Tablet") else "Browser"


def bot_signal(text: str, *, spider: bool = False) -> str | None:
    """Why a user agent is a machine's: crawler, library, headless; None when nothing says so."""
    if _HEADLESS.search(text):
        return "headless"
    if _LIBRARY.search(text):
        return "library"
    if spider or _BOT.search(text):
        return "crawler"
    return None


def is_bot(text: str | None) -> bool:
    """Whether a request looks like a machine's: no User-Agent at all, or one that says so."""
    return not text or parse_agent(text).bot

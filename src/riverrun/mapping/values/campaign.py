"""Where a visit came from: campaign parameters and click ids in the location, and what kind of page the referrer is."""

from __future__ import annotations

from functools import lru_cache

from riverrun.mapping.values.uri import parse_query

_LONGEST = 2048
# parameter -> the advertiser whose click it is
CLICK_IDS = {
    "gclid": "google", "gbraid": "google", "wbraid": "google", "dclid": "google", "fbclid": "facebook",
    "msclkid": "microsoft", "ttclid": "tiktok", "twclid": "twitter", "li_fat_id": "linkedin", "yclid": "yandex",
    "epik": "pinterest", "rdt_cid": "reddit", "ScCid": "snapchat", "igshid": "instagram", "mc_eid": "mailchimp",
}  # fmt: skip

_SEARCH = (
    "google", "bing", "duckduckgo", "yahoo", "baidu", "yandex", "ecosia", "startpage", "qwant", "brave", "seznam",
    "naver", "sogou", "ask", "kagi",
)  # fmt: skip
_SOCIAL = (
    "facebook.com", "fb.com", "instagram.com", "twitter.com", "x.com", "t.co", "linkedin.com", "lnkd.in",
    "pinterest.com",
    "reddit.com", "tiktok.com", "youtube.com", "youtu.be", "snapchat.com", "whatsapp.com", "wa.me", "telegram.org",
    "t.me", "threads.net", "mastodon.social", "bsky.app", "vk.com", "weibo.com", "tumblr.com", "quora.com",
    "news.ycombinator.com", "discord.com",
)  # fmt: skip
_MAIL = (
    "mail.google.com", "outlook.live.com", "outlook.office.com", "outlook.office365.com", "mail.yahoo.com",
    "mail.aol.com",
    "mail.proton.me", "mail.yandex.ru", "mail.yandex.com", "webmail.", "mail.",
)  # fmt: skip
_ASSISTANTS = (
    "chatgpt.com", "chat.openai.com", "perplexity.ai", "gemini.google.com", "copilot.microsoft.com", "claude.ai",
    "you.com", "chat.mistral.ai", "chat.deepseek.com",
)  # fmt: skip


def campaign(location: str) -> dict[str, str]:
    """The utm_ parameters and the first click id in the query of a location, without the prefix; empty when none.

    Taken leniently (not by the strict URI rules), because advertisers' links are often malformed.

    >>> campaign("https://shop/?utm_source=google&gclid=x")
    {'source': 'google', 'click_id': 'x', 'click_id_name': 'gclid', 'network': 'google'}
    """
    query = location.partition("#")[0].partition("?")[2]
    if not query:
        return {}
    found: dict[str, str] = {}
    for name, values in parse_query(query).items():
        if name.startswith("utm_") and values[0]:
            found.setdefault(name[4:], values[0])
        elif name in CLICK_IDS and values[0] and "click_id" not in found:
            found |= {"click_id": values[0], "click_id_name": name, "network": CLICK_IDS[name]}
    return found


@lru_cache(maxsize=4096)
def host_of(address: str) -> str | None:
    """The host in an http(s) address, in lower case, without user and port; None when there is none."""
    _, found, rest = address.partition("://")
    if not found:
        return None
    for end in "/?#":
        rest = rest.partition(end)[0]
    host = rest.rpartition("@")[2]
    host = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    return host.lower().rstrip(".") or None


def referer_class(referer: str | None, location: str | None) -> str:
    """direct (no referrer), internal, assistant, mail, search, social or other.

    >>> referer_class("https://www.google.nl/", "https://shop/"), referer_class("https://shop/a", "https://shop/b")
    ('search', 'internal')
    """
    host = host_of(referer[:_LONGEST]) if referer else None
    if host is None:
        return "direct"
    here = host_of(location[:_LONGEST]) if location else None
    if here is not None and _site(host) == _site(here):
        return "internal"
    return _class_of(host)


@lru_cache(maxsize=4096)
def _class_of(host: str) -> str:
    if _is_of(host, _ASSISTANTS):
        return "assistant"
    if _is_of(host, _MAIL) or host.startswith(("webmail.", "mail.")):
        return "mail"
    if _is_of(host, _SOCIAL):
        return "social"
    return "search" if any(part in _SEARCH for part in host.split(".")[:-1]) else "other"


def _site(host: str) -> str:
    return host.removeprefix("www.")


def _is_of(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)

"""The address of the client, behind proxies or not."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """The client's address from the X-Forwarded-For lines.

    Without `trusted` as in Divolte: the last address of the last line. With it: from the right past the trusted
    proxies, beginning with the peer itself. What is not an address is never believed, and never looked up.
    """
    if not trusted:
        last = parse_address(forwarded[-1].rpartition(",")[2]) if forwarded else None
        return peer if last is None else str(last)
    address = parse_address(peer or "")
    chain = [text for line in forwarded for text in line.split(",")]
    while address is not None and chain and _is_in(address, trusted):
        following = parse_address(chain.pop())
        if following is None:
            break
        address = following
    return peer if address is None else str(address)


def _is_in(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)


def parse_address(text: str) -> Address | None:
    """An address, with or without a port or brackets; None for anything else, names included."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address

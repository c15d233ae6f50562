"""Recognises hosts that can only be this machine: they need no key and no proxy.

Limits: names are not resolved; any name but localhost's counts as another machine.
"""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether `host` (a name or an address, no port) can only be this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

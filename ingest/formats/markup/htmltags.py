"""What the elements of an HTML page mean for its text.

Limits: hiding by style sheets or scripts is not seen; the frame of a site is known by its elements
and roles, not by class names.
"""

from __future__ import annotations

import re

from lxml import etree

_BLOCK = """
address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol
optgroup p pre section summary table tbody td tfoot th thead title tr ul
"""
_CONTROLS_AND_MEDIA = """
script style template noscript iframe object embed applet audio video canvas svg map head button
select input textarea option datalist meter progress dialog frame frameset noframes rp rt link meta
base
"""
BLOCK_TAGS = frozenset(_BLOCK.split())
_UNSEEN = frozenset(_CONTROLS_AND_MEDIA.split())
_FRAME_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar"})
_PERMALINKS = frozenset({"#", "¶", "§", "\N{LINK SYMBOL}"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def is_dropped(element: etree._Element) -> bool:
    """Tell whether an element is never read: scripts, controls, hidden parts, permalink signs."""
    if element.tag in _UNSEEN or element.get("hidden") is not None:
        return True
    if element.tag == "a" and (element.text or "").strip() in _PERMALINKS and not len(element):
        return (element.get("href") or "").startswith("#")
    if element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))


def is_site_frame(element: etree._Element) -> bool:
    """Tell whether an element is navigation, or the header or footer of a whole site."""
    if element.tag == "nav" or element.get("role") in _FRAME_ROLES:
        return True
    parent = element.getparent()
    return element.tag == "footer" and parent is not None and parent.tag == "body"

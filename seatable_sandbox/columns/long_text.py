"""Long texts: what the server derives from the Markdown of a plain text."""

from __future__ import annotations

import re
from typing import Any

from seatable_sandbox.columns.javascript import truncate

_REFERENCE = re.compile(r"\[.+\]\(\S+\)|<img src=(\S+).+/>|!\[\]\(\S+\)|<\S+>")
_IMAGE = re.compile(r'<img src="(\S+)" .+/>|!\[\]\((\S+)\)')
_LINK = re.compile(r"\[.+\]\(\S+\)")
_ADDRESS = re.compile(r"<(\S+)>")
_LEFT_OUT = {"new": "#`*[]-", "old": "#`*"}
_PREVIEW = 150


def derive_long_text(text: str, rules: str) -> dict[str, Any]:
    """A long text as the server stores it: with preview, images and links.

    Args:
        text: The Markdown text.
        rules: "new" or "old", as for dates.
    """
    images: list[str] = []
    links: list[str] = []
    for match in _REFERENCE.finditer(text):
        reference = match[0]
        address, image = _ADDRESS.fullmatch(reference), _IMAGE.match(reference)
        if _LINK.match(reference):
            links.append(reference)
        elif address:
            links.append(address[1])
        elif image:
            images.append(image[1] or image[2])
    plain = _REFERENCE.sub("", text)
    left_out = dict.fromkeys(map(ord, _LEFT_OUT[rules]))
    shown = plain.translate({**left_out, ord("\n"): " "})
    preview = truncate(shown, _PREVIEW)
    if rules == "old" and preview != plain.replace("\n", " "):
        preview += "..."
    return {"text": text, "preview": preview, "images": images, "links": links}

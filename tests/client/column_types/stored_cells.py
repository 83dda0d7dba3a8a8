"""A model of the server: which cell it stores when a cell is sent, and how it then shows it.

The model follows what SeaTable's published conversion library did when it was run:
`write_coercion_executed`, dtable-utils 5.0.30 and 4.4.4.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from seatable_client.column_types import codec
from seatable_client.column_types.date_writers import Writing
from seatable_client.metadata import Column

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata")]
JS_SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)


def column(kind: str, **data) -> Column:
    return Column("a1B2", "C", kind, data)


def write(kind: str, value, *, writing: Writing | None = None, **data: Any):
    make = codec.writer(column(kind, **data), writing or Writing())
    assert make is not None
    return make(value)


def cut(text: str, limit: int) -> str:
    return text.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "replace")


class StoredCells:
    """What becomes of a cell that is sent, and how a gateway then shows it."""

    def __init__(self, zone, fold: int = 0):
        self.zone = zone
        self.fold = fold  # which of two hours a server takes: JavaScript the first, Go either

    def keep(self, column: Column, sent):
        """The stored cell as the gateway shows it."""
        sent = json.loads(msgspec.json.encode(sent))  # what the request carries
        return getattr(self, "_" + column.type.replace("-", "_"))(column, sent)

    def _text(self, _column, sent):
        assert isinstance(sent, str)
        return cut(sent, 10_000) or None

    def _long_text(self, _column, sent):
        if isinstance(sent, dict):
            return sent["text"]
        assert isinstance(sent, str)
        return cut(sent, 100_000) if sent.strip(JS_SPACE) else None

    def _email(self, _column, sent):
        assert isinstance(sent, str)
        return sent or None

    _url = _email

    def _number(self, _column, sent):
        assert type(sent) in {int, float}
        stored = float(sent)
        return int(Decimal(repr(stored))) if stored.is_integer() and abs(stored) < 1e21 else stored

    _rate = _number
    _duration = _number
    _department_single_select = _number

    def _checkbox(self, _column, sent):
        return sent in (True, "true")

    def _date(self, column, sent):
        has_time = "HH:mm" in column.data["format"]
        safe = r"[1-9]\d{3}-\d\d-\d\d \d\d:\d\d" if has_time else r"[1-9]\d{3}-\d\d-\d\d"
        assert re.fullmatch(safe, sent, re.ASCII)
        wall = datetime.fromisoformat(sent)
        if has_time:  # a time that the clock leaves out is moved on
            moved = wall.replace(tzinfo=self.zone).astimezone(timezone.utc).astimezone(self.zone)
            wall = moved.replace(tzinfo=None)
        return wall.replace(tzinfo=self.zone, fold=self.fold).isoformat()

    def _single_select(self, _column, sent):
        assert isinstance(sent, str)
        return sent if sent.strip(JS_SPACE) else None

    def _multiple_select(self, _column, sent):
        assert all(isinstance(option, str) and option.strip(JS_SPACE) for option in sent)
        return list(dict.fromkeys(sent)) or None

    def _collaborator(self, _column, sent):
        assert all(isinstance(item, str) for item in sent)
        return sent or None

    _image = _collaborator

    def _file(self, _column, sent):
        keys = ("name", "size", "type", "url")
        return [
            {key: file[key] for key in keys}
            for file in sent
            if all(file.get(key) or file.get(key) == 0 for key in keys)
        ] or None

    def _geolocation(self, _column, sent):
        assert isinstance(sent, dict)
        return sent or None

    _digital_sign = _geolocation

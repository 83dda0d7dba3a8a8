"""Values to write: JSON of every shape for every column, and for some types much of their own."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEED = 20_240_605

# What any column may be sent.
_ANYTHING: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        "",
        " ",
        "\ufeff",
        "\u00a0x\u00a0",
        "true",
        "false",
        "null",
        "x",
        " x ",
        "X",
    ),
    *(0, 1, -1, 5, 1.5, -0.25, 1e21, 1e-7, 2**53 + 1, 0.1 + 0.2, 1_717_545_600_000),
    *("0", "1", "-1", "1.5", "1,5", "1.234,5", "5%", "50 %", "€ 12", "1e3", "Infinity", "NaN"),
    *("1:30", "one", "Two words", "3", "one 3", "a b", "2024-06-05", "2024-06-05 10:20"),
    *("😀" * 3, "a\nb"),
    *([], [None], [""], ["x"], ["one"], ["one", "3"], ["", None, "a", "a"], [1, True, 1.5]),
    *([[]], [{}], [["x"]], {}, {"text": "t"}, {"a": None}, {"text": 5}, {"text": ""}),
    *("http://x.y/a.png", "https://x.y/a.png", "someone@example.com", ["someone@example.com"]),
)

_DAYS = (
    *("2024-06-05", "2024-6-5", "2024/06/05", "2024-12-31", "2024-02-29", "2024-02-30"),
    *("2023-02-29", "2024-04-31", "2024-13-01", "2024-00-10", "2024-06", "2024", "24-06-05"),
    *("0001-01-01", "0099-12-31", "0999-01-01", "1000-01-01", "9999-12-31", "10000-01-01"),
    *("05.06.2024", "5.6.2024", "13.06.2024", "06.13.2024", "31.12.2024", "05.06.24"),
    *("05/06/2024", "6/5/2024", "06/13/2024", "13/06/2024", "13/6/2024", "12/11/2024", "6/5/24"),
    *("31/12/2024", "12/31/2024", "20240605", "2024.06.05", "June 5, 2024", "5 Jun 2024"),
    *("Wed Jun 05 2024", "2024-03-31", "2024-10-27", "x2024-06-05", "2024-06-05x", "tomorrow"),
)
_TIMES = (
    *(" 10:20:30", " 9:05", " 00:00", " 24:00", " 25:00", " 10:60", " 10:20 PM", " 02:30"),
    *("T10:20", "T10:20:30", "T10:20:30.123Z", "T10:20:30+05:30", "T02:30:00"),
    *(" 10:20:30+00:00", " 10:20Z", "T23:30:00-0800", " ", "  10:20", " 10"),
)
# All days at a few times, and all times on a few days.
_FEW_DAYS = ("2024-06-05", "05.06.2024", "6/5/2024", "2024-03-31")
_FEW_TIMES = ("", " 10:20", "T10:20:30Z")
_MOMENTS = ("10:20", "1717545600000", "-1", "0", "00", "99999999999999999999", "1717545600", "12")

_PLACES: tuple[Any, ...] = (
    *("8.23, 50", "8.23,50", "-8.5, -50.25", "8, 50", "08.5, 50", "181, 95", "8.23", "8.23, 50, 1"),
    *(
        "N50°30\u203210″, E8°15\u2032",
        "S33.5°, W70.25°",
        "N50, E8",
        "北京市海淀区",
        "广东省深圳市南山区科技园",
    ),
    *("Berlin", "ab", "内蒙古自治区呼和浩特市新城区", "湖北省恩施土家族苗族自治州利川市"),
    *(
        {"lng": 8.23, "lat": 50},
        {"lng": "8.23", "lat": "50"},
        {"lng": 8.23},
        {"lng": None, "lat": None},
    ),
    {"province": "P", "city": "C", "district": "D", "detail": "x"},
    {"country_region": "Germany"},
    {"address": "A", "title": "T", "lng": 1, "lat": 2},
)

_FILE = {"name": "a.txt", "size": 3, "type": "file", "url": "https://x.y/a.txt"}
_FILES: tuple[Any, ...] = (
    [_FILE],
    [_FILE, {**_FILE, "size": None}],
    [_FILE, "https://x.y/b.txt"],
    *([{**_FILE, key: value}] for key, value in product(_FILE, (None, "", 0, False, "x"))),
    *([{name: _FILE[name] for name in _FILE if name != key}] for key in _FILE),
    [{**_FILE, "extra": 1}],
    _FILE,
    "https://x.y/a.txt",
)
_IMAGES: tuple[Any, ...] = (
    ["https://x.y/a.png"],
    "http://x.y/a.png http://x.y/b.jpg",
    "http://x.y/a.webp",
    " http://x.y/a.gif ",
    "xhttp://x.y/a.PNG",
    [{"url": "https://x.y/a.png"}],
)
_SIGNATURES: tuple[Any, ...] = (
    {"username": "u", "sign_image_url": "https://x.y/s.png", "sign_time": "2024-06-05T13:28:56Z"},
    {"username": "u"},
)
_LONG = ("z" * 10_001, "é" * 100_001, "😀" * 6_000)
_LONG_TEXTS: tuple[Any, ...] = (
    "## Heading\n- **bold** `code` [ ] task",
    "![](https://x.y/a.png)\n\n[a link](https://x.y) and <https://z.z>",
    '<img src="https://x.y/b.png" width="100" />',
    "word " * 60,
    "   \n ",
    {"text": "kept", "preview": "p", "images": [], "links": []},
    {"text": "kept", "preview": "p", "images": [], "links": [], "checklist": {"total": 1}},
)
_SELECTED: tuple[Any, ...] = (
    *("one ", "ONE", "Two", "new\toption", "a  b", " a b ", "one Two", "a,b", "100001"),
    *(["new"], ["new", "new"], ["one", "new"], [1], [True], [None, "one"], ["100001"], [" one "]),
)


def written(column_type: str) -> Iterator[Any]:
    """The values to write to a column of this type, the same ones in every run."""
    yield from _ANYTHING
    chance = random.Random(f"{_SEED} {column_type}")  # noqa: S311 - no secrets
    if column_type == "date":
        yield from (day + clock for day, clock in product(_DAYS, _FEW_TIMES))
        yield from (day + clock for day, clock in product(_FEW_DAYS, _TIMES))
        yield from _MOMENTS
    if column_type == "number":
        yield from (_spell(chance, "0123456789", ".,-% e€") for _ in range(120))
    if column_type == "duration":
        yield from (_spell(chance, "0123456789", ":::-.\uff1a ") for _ in range(120))
    if column_type in ("text", "email", "url", "single-select", "multiple-select"):
        yield from (_number(chance) for _ in range(60))
    if column_type in ("text", "long-text", "url", "single-select"):
        yield from _LONG
    yield from _OF_TYPES.get(column_type, ())


_OF_TYPES: dict[str, tuple[Any, ...]] = {
    "geolocation": _PLACES,
    "file": _FILES,
    "image": _IMAGES,
    "digital-sign": _SIGNATURES,
    "long-text": _LONG_TEXTS,
    "single-select": _SELECTED,
    "multiple-select": _SELECTED,
    "collaborator": (["a@auth.local", "a@auth.local"], "a@auth.local", ["a@auth.local", None]),
    "auto-number": ("0001", "A-0001", 7),
}


def _spell(chance: random.Random, digits: str, marks: str) -> str:
    """A few digits with marks between them."""
    return "".join(
        chance.choice(marks if chance.random() < 1 / 3 else digits)
        for _ in range(chance.randint(1, 7))
    )


def _number(chance: random.Random) -> float:
    """A number of any magnitude, with few or many digits."""
    scale = 10.0 ** chance.randint(-9, 24)
    return round(chance.uniform(-1, 1), chance.randint(1, 12)) * scale

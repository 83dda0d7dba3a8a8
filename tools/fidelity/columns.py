"""The columns that the checks write to and read from: every type, in every form that matters."""

from __future__ import annotations

from typing import Any

_OPTIONS = [
    {"id": "100001", "name": "one", "color": "#FFDDE5", "textColor": "#202428"},
    {"id": "100002", "name": "Two words", "color": "#D8FAFF", "textColor": "#202428"},
    {"id": "100003", "name": "3", "color": "#FFFCB5", "textColor": "#202428"},
]

DATE_FORMATS = (
    "YYYY-MM-DD",
    "YYYY-MM-DD HH:mm",
    "M/D/YYYY",
    "M/D/YYYY HH:mm",
    "DD/MM/YYYY",
    "DD.MM.YYYY",
    "DD.MM.YYYY HH:mm",
)
PLACE_FORMATS = (
    "lng_lat",
    "geolocation",
    "map_selection",
    "country_region",
    "province",
    "province_city",
    "province_city_district",
)


def _column(name: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"column_name": name, "column_type": kind, "column_data": data or None}


WRITABLE: tuple[dict[str, Any], ...] = (
    _column("text", "text"),
    _column("phone", "text", display_type="phone"),
    _column("long-text", "long-text"),
    _column("number", "number"),
    _column("percent", "number", format="percent", decimal="dot", thousands="no"),
    _column("decimal comma", "number", format="euro", decimal="comma", thousands="dot"),
    _column("precise", "number", format="number", enable_precision=True, precision=1),
    _column("checkbox", "checkbox"),
    _column("rate", "rate", rate_max_number=5),
    _column("duration", "duration", duration_format="h:mm"),
    _column("duration h:mm:ss", "duration", duration_format="h:mm:ss"),
    _column("duration with tenths", "duration", duration_format="h:mm:ss.s"),
    *(_column(f"date {shape.replace('.', '-')}", "date", format=shape) for shape in DATE_FORMATS),
    _column("single-select", "single-select", options=_OPTIONS),
    _column("multiple-select", "multiple-select", options=_OPTIONS),
    _column("collaborator", "collaborator"),
    _column("email", "email"),
    _column("url", "url"),
    _column("image", "image"),
    _column("file", "file"),
    *(_column(f"geolocation {shape}", "geolocation", geo_format=shape) for shape in PLACE_FORMATS),
    _column("digital-sign", "digital-sign"),
    _column("department", "department-single-select"),
    _column("auto-number", "auto-number"),
    _column("formula", "formula", formula="{number} + 1"),
)
"""All that a client can write, and a formula. What the server fills in by itself (creator, times)
is not the library's to convert."""


FILTERED: tuple[dict[str, Any], ...] = (
    _column("text", "text"),
    _column("email", "email"),
    _column("url", "url"),
    _column("long-text", "long-text"),
    _column("number", "number"),
    _column("rate", "rate"),
    _column("duration", "duration", duration_format="h:mm"),
    _column("checkbox", "checkbox"),
    _column("date", "date", format="YYYY-MM-DD"),
    _column("time", "date", format="YYYY-MM-DD HH:mm"),
    _column("single-select", "single-select", options=_OPTIONS),
    _column("multiple-select", "multiple-select", options=_OPTIONS),
    _column("collaborator", "collaborator"),
    _column("image", "image"),
    _column("file", "file"),
    _column("position", "geolocation", geo_format="lng_lat"),
    _column("place", "geolocation", geo_format="geolocation"),
    _column("digital-sign", "digital-sign"),
    _column("department", "department-single-select"),
    _column("auto-number", "auto-number"),
    *(
        _column(f"formula of {name}", "formula", formula=f"{{{name}}}")
        for name in ("text", "number", "checkbox", "date")
    ),
    _column("link", "link"),
    *(
        _column(
            f"lookup of {name}",
            "link-formula",
            formula="lookup",
            link_column="link",
            level1_linked_column=name,
        )
        for name in ("Name", "Number", "Check", "Day", "One", "Many", "People")
    ),
    _column("ctime", "ctime"),
    _column("mtime", "mtime"),
)
"""The columns that views are filtered by. Not the creator: who that is differs by server."""

_FULL = {
    "text": "Tea",
    "email": "tea@example.com",
    "url": "https://example.com/Tea",
    "long-text": "Tea\nand more",
    "number": 5,
    "rate": 5,
    "duration": 5400,
    "checkbox": True,
    "date": "2024-06-05",
    "time": "2024-06-05 10:20",
    "single-select": "one",
    "multiple-select": ["one", "3"],
    "collaborator": ["a@auth.local", "b@auth.local"],
    "image": ["https://x.y/a.png"],
    "file": [{"name": "a.txt", "size": 3, "type": "file", "url": "https://x.y/a.txt"}],
    "position": {"lng": 8.23, "lat": 50},
    "place": {"province": "P", "city": "C", "district": "", "detail": ""},
    "digital-sign": {
        "username": "u",
        "sign_image_url": "https://x.y/s.png",
        "sign_time": "2024-06-05T13:28:56.000+00:00",
    },
    "department": 3,
}
_OTHER = {
    "text": "green tea",
    "email": "Tea",
    "number": -1,
    "rate": 1,
    "duration": 0,
    "checkbox": False,
    "date": "2024-06-04",
    "time": "2024-06-05 00:00",
    "single-select": "Two words",
    "multiple-select": ["Two words"],
    "collaborator": ["b@auth.local"],
    "position": {"lng": 1, "lat": 2},
    "place": {"province": "p", "city": "", "district": "", "detail": ""},
    "digital-sign": {"username": "u"},
    "department": 4,
}
FILTERED_ROWS: tuple[dict[str, Any], ...] = (
    _FULL,
    _OTHER,
    {**_FULL, "multiple-select": ["one"], "collaborator": ["a@auth.local"], "text": "tea"},
    {"number": 0, "rate": 0, "text": "Coffee", "date": "2024-06-06", "time": "2024-06-06 23:59"},
    {**_OTHER, "number": 5.000001, "single-select": "3", "text": "5"},
    {"multiple-select": ["3", "one"], "long-text": "  x "},
    {"text": None},
)
LINKED: tuple[dict[str, Any], ...] = (
    _column("Name", "text"),
    _column("Number", "number"),
    _column("Check", "checkbox"),
    _column("Day", "date", format="YYYY-MM-DD"),
    _column("One", "single-select", options=_OPTIONS),
    _column("Many", "multiple-select", options=_OPTIONS),
    _column("People", "collaborator"),
)
LINKED_ROWS: tuple[dict[str, Any], ...] = (
    {
        "Name": "Tea",
        "Number": 5,
        "Check": True,
        "Day": "2024-06-05",
        "One": "one",
        "Many": ["one"],
        "People": ["a@auth.local"],
    },
    {"Name": "green tea", "Number": 0, "One": "3", "Many": ["one", "3"]},
    {"Name": "5", "Number": -1, "Check": False, "Day": "2024-06-04"},
)

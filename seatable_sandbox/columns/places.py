"""Geolocations: what the server makes of a text in a column of this type."""

from __future__ import annotations

import re
from typing import Any

from seatable_sandbox.columns.javascript import javascript_number

Place = dict[str, Any]

_SHORTEST = 3
_PLAIN_NUMBER = re.compile(r"-?([1-9]\d*\.\d+|0\.\d+|[1-9]\d*|0)", re.ASCII)
_DEGREES = {unit: re.compile(rf"(\d+(?:\.\d+)?){unit}", re.ASCII) for unit in "°\u2032\u2033"}
_DECIMALS = 6

_MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
_PROVINCES = (
    *("安徽", "福建", "甘肃", "广东", "广西", "贵州", "海南", "河北", "河南", "黑龙江", "湖北"),
    *("湖南", "吉林", "江苏", "江西", "辽宁", "内蒙古", "宁夏", "青海", "山东", "山西", "陕西"),
    *("四川", "西藏", "新疆", "云南", "浙江"),
)


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_PROVINCE = _any_of(
    *(f".+{ending}" for ending in ("省", "自治区", "特别行政区")),
    *(f"{name}市" for name in _MUNICIPALITIES),
    *_PROVINCES,
    *_MUNICIPALITIES,
)
_CITY = _any_of(".+自治州", "[^市]+市", ".+盟", ".+地区", ".+区划")
_DISTRICT = _any_of(".+市", ".+县", ".+旗", ".+区")


def parse_place(text: str, geo_format: str, rules: str) -> Place | None:
    """Parse a written geolocation.

    Args:
        text: What a client has written.
        geo_format: The format of the column, such as "lng_lat".
        rules: "new" or "old", as for dates.

    Returns:
        Numbers `lng` and `lat` (texts by the old rules), or a Chinese address split into
        `province`, `city`, `district` and `detail`; None for what the server silently drops.
    """
    if len(text) < _SHORTEST:
        return None
    if geo_format != "lng_lat":
        return _split_address(text)
    has_directions = ("N" in text and "E" in text) or ("S" in text and "W" in text)
    if rules == "new" and has_directions:
        return _parse_degrees(text)
    return _parse_numbers(text, rules)


def _parse_numbers(text: str, rules: str) -> Place | None:
    """Longitude and latitude, such as "8.23, 50"."""
    parts = [part.strip() for part in text.split(",")]
    if rules == "old" and len(parts) != 2:  # noqa: PLR2004 - longitude and latitude
        return None
    parts = [*parts, ""][:2]
    if not all(map(_PLAIN_NUMBER.fullmatch, parts)):
        return None
    if rules == "old":
        return {"lng": parts[0], "lat": parts[1]}
    lng, lat = (javascript_number(float(part)) for part in parts)
    return {"lng": lng, "lat": lat}


def _parse_degrees(text: str) -> Place | None:
    """Degrees, minutes and seconds after a direction each, latitude first."""
    parts = [part.strip() for part in text.split(",")]
    north, east = [*parts, ""][:2]
    if north[:1] not in ("N", "S") or east[:1] not in ("E", "W"):
        return None
    lat, lng = _parse_angle(north), _parse_angle(east)
    return None if lat is None or lng is None else {"lat": lat, "lng": lng}


def _parse_angle(text: str) -> int | float | None:
    found = [pattern.search(text) for pattern in _DEGREES.values()]
    if not any(found):
        return None
    degrees, minutes, seconds = (float(match[1]) if match else 0.0 for match in found)
    angle = round(degrees + minutes / 60 + seconds / 3600, _DECIMALS)
    return javascript_number(-angle if text[0] in "SW" else angle)


def _split_address(text: str) -> Place:
    place = {}
    for name, pattern in (("province", _PROVINCE), ("city", _CITY), ("district", _DISTRICT)):
        match = pattern.search(text)
        place[name] = match[0] if match else ""
        if match:
            # What stands before it is lost.
            text = text[match.end() :]
        elif name == "city" and any(city in place["province"] for city in _MUNICIPALITIES):
            place["city"] = place["province"]
    return {**place, "detail": text}

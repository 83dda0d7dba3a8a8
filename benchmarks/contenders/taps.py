"""Programs that read tables and print their records.

python -m benchmarks.contenders.taps limit|sdk|seatable-api URL FORM TABLES BASES
"""

from __future__ import annotations

import functools
import gc
import json
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import requests

from benchmarks.material import FORMS, LIST_PAGE, SQL_PAGE, Form, source_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = dict[str, Any]

_TOKEN_PATH = "/api/v2.1/dtable/app-access-token/"  # noqa: S105  (a path)
_TIMEOUT = 60

# Python 3.10 does not read every fraction, and no `Z`.
_parse_time = (
    datetime.fromisoformat
    if sys.version_info >= (3, 11)
    else functools.partial(msgspec.convert, type=datetime)
)


def select_page(table: str, after: str) -> str:
    """The SELECT of the page that follows a row."""
    where = f" WHERE `_id` > '{after}'" if after else ""
    return f"SELECT * FROM `{table}`{where} ORDER BY `_id` LIMIT {SQL_PAGE}"  # noqa: S608  (constants)


def record_maker(form: Form) -> Callable[[Row], Row]:
    """A function that changes in a row what a correct record needs, and nothing else."""
    times, days = ["_ctime", "_mtime", *form.names("time")], form.names("day")
    utc = timezone.utc

    def make_record(row: Row) -> Row:
        for name in times:
            if value := row[name]:
                row[name] = _parse_time(value).astimezone(utc).isoformat()
        for name in days:
            if value := row[name]:
                row[name] = value[:10]
        return row

    return make_record


def open_base(url: str, base: int = 0) -> tuple[str, dict[str, str]]:
    """The root URL of a base's API, and its headers."""
    token = {"Authorization": f"Token benchmark-{base}"}
    answer = requests.get(url + _TOKEN_PATH, headers=token, timeout=_TIMEOUT).json()
    root = f"{url}/api-gateway/api/v2/dtables/{answer['dtable_uuid']}/"
    return root, {"Authorization": f"Token {answer['access_token']}"}


def limit(url: str, form: Form, tables: list[str], bases: int) -> None:
    """The minimal tap: requests, decoding, necessary changes, encoding and writing."""
    gc.disable()  # rows have no cycles
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.decode
    make_record = record_maker(form)
    for base in range(bases):
        root, headers = open_base(url, base)
        session = requests.Session()
        session.headers.update(headers)
        for table in tables:
            head, tail = b'{"type":"RECORD","stream":%b,"record":' % encode(table), b"}\n"
            after = ""
            while True:
                query: dict[str, Any] = {"sql": select_page(table, after), "convert_keys": True}
                answer = session.post(f"{root}sql/", json=query, timeout=_TIMEOUT)
                rows = decode(answer.content)["results"]
                if not rows:
                    break
                after = rows[-1]["_id"]
                lines = (tail + head).join([encode(make_record(row)) for row in rows])
                sys.stdout.buffer.write(head + lines + tail)
    sys.stdout.flush()


def seatable_api(url: str, _form: Form, tables: list[str], _bases: int) -> None:
    """SeaTable's own client: pages through the rows and prints them."""
    from seatable_api import Base  # noqa: PLC0415  (a program of its own)

    base = Base("benchmark", url)
    base.auth()
    for table in tables:
        start = 0
        while rows := base.list_rows(table, start=start, limit=LIST_PAGE):
            for row in rows:
                print(json.dumps(row))  # noqa: T201  (its output)
            start += len(rows)


def sdk(url: str, form: Form, tables: list[str], bases: int) -> None:
    """A tap that uses the SDK without any optimization, for each base."""
    from benchmarks.contenders.sdk_tap import TapPlain  # noqa: PLC0415  (a program of its own)

    for base in range(bases):
        root, headers = open_base(url, base)
        access = {"sql_url": f"{root}sql/", "authorization": headers["Authorization"]}
        TapPlain(config={**access, "form": form.name, "tables": tables}).sync_all()


if __name__ == "__main__":
    _program, _url, _form, _tables, _bases = sys.argv[1:]
    {"limit": limit, "sdk": sdk, "seatable-api": seatable_api}[_program](
        _url, FORMS[_form], source_tables(FORMS[_form], int(_tables)), int(_bases)
    )

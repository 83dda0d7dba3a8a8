"""The demo base and the page."""

from __future__ import annotations

import re
from typing import Any

import requests

from seatable_sandbox import Sandbox
from seatable_sandbox.columns.types import TYPES
from seatable_sandbox.demo.shop import DEMO_READ_ONLY_TOKEN, DEMO_TOKEN, make_demo


def test_the_demo_has_every_column_type(sandbox: Sandbox) -> None:
    base = make_demo(sandbox)
    assert (base.api_token, base.read_only_token) == (DEMO_TOKEN, DEMO_READ_ONLY_TOKEN)
    tables = base.metadata()["metadata"]["tables"]
    assert {c["type"] for table in tables for c in table["columns"]} == set(TYPES)
    full = base.rows("Every type")[0]
    assert [
        name
        for name, value in full.items()
        if value is None and name not in ("_locked", "_locked_by")
    ] == []
    assert make_demo(sandbox).rows("Orders") == base.rows("Orders")
    url = full["Image"][0]
    headers = {"Authorization": f"Token {DEMO_TOKEN}"}
    link = requests.get(
        f"{sandbox.url}/api/v2.1/dtable/app-download-link/",
        headers=headers,
        params={"path": url.split(base.uuid)[1]},
        timeout=5,
    ).json()
    assert requests.get(link["download_link"], timeout=5).content.startswith(b"\x89PNG")


def test_the_page_reads_bases_and_rows_without_a_call(sandbox: Sandbox) -> None:
    make_demo(sandbox)
    page = requests.get(sandbox.url, timeout=5).text
    assert "SeaTable sandbox" in page
    assert not re.search(r"(src|href)=[\"']https?:", page)
    (base,) = requests.get(f"{sandbox.url}/sandbox/bases", timeout=5).json()["bases"]
    orders = next(t for t in base["tables"] if t["name"] == "Orders")
    assert orders["rows"] == 24
    path = f"{sandbox.url}/sandbox/rows/{base['uuid']}/{orders['id']}?page=2&size=20"
    found = requests.get(path, timeout=5).json()
    assert (len(found["rows"]), found["start"]) == (4, 20)
    assert sandbox.calls == []


def test_sandboxes_of_one_seed_have_the_same_rows_in_the_same_order() -> None:
    def ids(**settings: Any) -> list[str]:
        with Sandbox(**settings) as sandbox:
            return [row["_id"] for row in make_demo(sandbox).rows("Orders")]

    assert ids(seed=1) == ids(seed=1)
    assert not {*ids(seed=1)} & {*ids(seed=2)}
    assert not {*ids()} & {*ids()}

"""Generated parts are current, links resolve, and files that pages name exist."""

import json
import re
import subprocess
import sys

import pytest

from tools.documentation.__main__ import PARTS, ROOT, pages, part
from tools.documentation.performance import charts

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
INDEX = ROOT / "docs" / "decisions" / "README.md"
PAGES = [*pages(), *DECISIONS, INDEX, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]

_GENERATED = re.compile(r"<!-- generated: (.+?) -->\n(.*?)\n<!-- end of (.+?) -->", re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FILE = re.compile(r"`((?:docs|tests|tools|\w+_(?:client|seatable|sandbox))/[\w./-]*)`")
_CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


GENERATED = [
    pytest.param(begin, text, end, id=f"{page.name}: {begin}")
    for page in pages()
    for begin, text, end in _GENERATED.findall(page.read_text(encoding="utf-8"))
]


def anchors(page):
    """What headings can be linked to, as code hosts name them."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in _HEADING.findall(text)
    }


@pytest.mark.parametrize(("name", "text", "end"), GENERATED)
def test_a_generated_part_is_current(name, text, end):
    assert name == end
    assert text == part(name), "out of date: make docs"


QUESTIONS = {
    "new table": "base-changes",
    "renamed column": "base-changes",
    "is the warehouse right?": "verify",
    "warehouse right": "verify",
    "every hour": "schedule",
    "deleted rows": "sql-deleted-rows",
    "deleted rows in sql": "sql-deleted-rows",
    "rejected records": "rejected-records",
    "proxy": "network",
    "which loader for": "loaders",
    "costs": "costs",
    "load from mysql": "mysql",
}
"""What people search for in their first week, and the page that answers it."""

SHOWN_FIRST = 4

CHARTS = charts()


@pytest.mark.parametrize("file", CHARTS, ids=lambda file: file.name)
def test_a_chart_is_current_and_says_how_to_read_it(file):
    chart = CHARTS[file]
    assert file.read_text(encoding="utf-8") == chart, "out of date: make docs"
    assert "less is better" in chart
    assert all(f">{word}<" in chart for word in ("this project", "other programs"))
    assert any(f">{word}<" in chart for word in ("a limit", "an older build"))


def test_every_part_that_can_be_made_is_shown_somewhere():
    shown = {param.values[0] for param in GENERATED}
    assert shown == set(PARTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_nothing_is_taken_for_html(page):
    text = re.sub(r"<!--.*?-->|`[^`\n]*`", "", _CODE.sub("", page.read_text(encoding="utf-8")))
    assert not re.findall(r"<[^\s>][^>]*>?", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_repository_resolve(page):
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    for link in _LINK.findall(text):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_exist(page):
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    assert not [name for name in _FILE.findall(text) if not (ROOT / name).exists()]


def test_every_page_is_in_the_readmes_list():
    linked = set(_LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert {f"docs/{name}" for name in pages} <= linked


def test_the_site_is_built_without_a_warning(tmp_path):
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "--fail-on-warning",
        "--keep-going",
        "-q",
        "-b",
        "html",
    ]
    built = subprocess.run(
        [*command, ROOT / "docs", tmp_path], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    index = (tmp_path / "searchindex.js").read_text("utf-8")
    index = json.loads(index[index.index("(") + 1 : index.rindex(")")])
    for words, page in QUESTIONS.items():
        found = [
            index["docnames"][number]
            for title, places in index["alltitles"].items()
            if words in title.lower() and len(words) >= len(title) / 2  # as Sphinx searches
            for number, _ in places
        ]
        assert page in found, f"a search for {words!r} does not show {page!r} among the first"
        assert len(set(found)) <= SHOWN_FIRST, words
    scorer = (tmp_path / "_static" / "language_data.js").read_text("utf-8")
    assert 'kind === "title" ? 100 : 0' in scorer, "headings would not stand before other text"


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200


def test_every_decision_is_in_the_index_and_has_the_same_parts():
    linked = _LINK.findall(INDEX.read_text(encoding="utf-8"))
    assert linked == [page.name for page in DECISIONS]
    for page in DECISIONS:
        headings = _HEADING.findall(page.read_text(encoding="utf-8"))
        assert headings[1:] == ["Context", "Decision", "Consequences", "Sources"], page.name

"""Each message that the page quotes is one that the code has."""

import ast
import re
from functools import cache

import pytest

from tools.documentation.__main__ import ROOT

PAGES = ("troubleshooting", "base-changes", "faq")
PACKAGES = (
    "seatable_client",
    "singer_seatable",
    "tabular_files",
    "tap_seatable",
    "target_seatable",
)
VALUE = "\0"
"""What stands for a value in a message."""

_QUOTE = re.compile(r"\*\*`([^`]+)`\*\*|The log says ((?:`[^`]+`(?: or )?)+)")
_FORMAT = re.compile(r"%[-\d.,]*[sdrgf]")


def quotes():
    for page in PAGES:
        text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
        for bold, said in _QUOTE.findall(text):
            for quote in [bold] if bold else re.findall(r"`([^`]+)`", said):
                yield pytest.param(quote, id=f"{page}: {quote[:50]}")


def as_text(node):
    """A text of the code, its values replaced."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values
    )


def hint_of(call):
    """The text of an error's hint, which is printed after its message; None if it has none."""
    texts = (ast.Constant, ast.JoinedStr)
    hints = (keyword.value for keyword in call.keywords if keyword.arg == "hint")
    is_error = bool(call.args) and isinstance(call.args[0], texts)
    return next((hint for hint in hints if is_error and isinstance(hint, texts)), None)


@cache
def messages():
    """All texts of the packages but docstrings, as one line each."""
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in described:
                    found.add(_FORMAT.sub(VALUE, as_text(node)))
                elif isinstance(node, ast.Call) and (hint := hint_of(node)):
                    found.add(f"{as_text(node.args[0])} {as_text(hint)}")
    return frozenset(found)


def is_quoted_from(quote, message):
    """Whether a message has the parts of a quote, in their order; … stands for anything."""
    parts = (re.escape(part.strip()) for part in quote.split("…") if part.strip())
    return re.search(".*".join(parts), message, re.DOTALL) is not None


def test_there_are_messages_and_quotes():
    assert len(messages()) > 500
    assert len(list(quotes())) > 30


@pytest.mark.parametrize("quote", list(quotes()))
def test_a_quoted_message_exists(quote):
    assert len(quote.replace("…", "")) >= 15, "too short to be known again"
    assert any(is_quoted_from(quote, message) for message in messages())


@pytest.mark.parametrize(
    ("quote", "is_one"),
    [
        ("the table … has … rows", True),
        ("the table Orders has … rows", False),
        ("has … rows, the table", False),
        ("the tables … has", False),
    ],
)
def test_what_is_no_quote(quote, is_one):
    assert is_quoted_from(quote, f"Here the table {VALUE} has {VALUE} rows.") is is_one

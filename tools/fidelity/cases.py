"""Cases of a comparison, one for each question that both were asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

REFUSED = {"refused": True}
"""The outcome of a value for which the library throws, and a server answers with an error."""

CRASHED = {"crashed": True}
"""The outcome of a value at which the sandbox itself fails; never right."""


@dataclass(frozen=True)
class Case:
    """One question, and both outcomes in a form in which they can be compared.

    Attributes:
        check: "written values", "rows on read", "displayed values" or "view filters".
        server: The name of the server, as `tools.fidelity.server` has it.
        group: What the case is counted under: mostly a column's type.
        column: The name of the column.
        question: What was written, displayed or filtered, as JSON.
        library: The library's outcome.
        sandbox: The sandbox's outcome.
    """

    check: str
    server: str
    group: str
    column: str
    question: str
    library: Any
    sandbox: Any

    @property
    def is_equal(self) -> bool:
        """Whether both have the same outcome; 1 is not true here."""
        return bool(_marked(self.library) == _marked(self.sandbox))


def _marked(value: Any) -> Any:
    """A value in which numbers cannot be taken for booleans."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_marked(item) for item in value]
    return value


def blank_to_none(value: Any) -> Any:
    """Whatever an answer shows as nothing, as None: "", [] and {} cannot be told from null."""
    return None if value in ("", [], {}) and not isinstance(value, (bool, int, float)) else value

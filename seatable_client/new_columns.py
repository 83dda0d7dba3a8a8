"""Columns and select options to create, in the form in which servers take them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OPTION_COLORS = ("#FFFCB5", "#FFEAB6", "#FFD9C8", "#FFDDE5", "#FFD4FF", "#DAD7FF", "#DDFFE6")
"""Colours of SeaTable's own palette on which dark text can be read."""


@dataclass(frozen=True)
class NewColumn:
    """A column to create.

    Attributes:
        name: its name.
        type: SeaTable's name of its type.
        data: as the API reference's "Column data" has it for the type.
        after: the column that it stands behind; at the end if not given. Only for one that is added
            alone.
    """

    name: str
    type: str
    data: Mapping[str, Any] | None = field(default=None, hash=False)
    after: str | None = None

    def as_request(self) -> dict[str, Any]:
        """The form in which servers take it."""
        asked: dict[str, Any] = {"column_name": self.name, "column_type": self.type}
        if self.data:
            asked["column_data"] = dict(self.data)
        if self.after:
            asked["anchor_column"] = self.after
        return asked


def new_options(names: Iterable[str]) -> list[dict[str, str]]:
    """Options of a select column, as servers take them."""
    return [
        {"name": name, "color": color, "textColor": "#202428"}
        for name, color in zip(names, itertools.cycle(OPTION_COLORS), strict=False)
    ]

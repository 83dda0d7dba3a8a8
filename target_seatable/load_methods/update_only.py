"""Update-only: a record changes the row that has its key; none is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from target_seatable.load_methods.upsert import Upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_seatable.load_methods.row_changes import Item


class UpdateOnly(Upsert):
    """A record changes the row that has its key, or does nothing; see `LoadMethod`."""

    adds_rows: ClassVar[bool] = False
    takes_nested: ClassVar[bool] = False

    def _add(self, items: Sequence[Item]) -> None:
        self.stats.skipped += len(items)

"""The emitted rows of a table: a list while that is short, else two sketches.

A list is exact. Sketches have the size of their capacity, whatever the table's, and show no more
differences than that. The list gives way to them with the first row that makes its text longer than
theirs; a comparison, which reads all rows, makes a list again where that has become shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_seatable.state.row_list import RowList, list_length
from tap_seatable.state.row_sketches import STATE_BYTES, Sketches, sketches_length

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Any

    from tap_seatable.state.row_changes import Changes

    Form = RowList | Sketches


class EmittedRows:
    """The rows that have been emitted and not been emitted as deleted, with their contents.

    Args:
        capacity: how many differences they show, if they are too many for a list.

    Attributes:
        form: the list or the sketches.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.form: Form = RowList()

    @property
    def contents_known(self) -> bool:
        """Whether no record counts as known in another form than the one emitted last."""
        return self.form.contents_known

    def add(self, rows: Sequence[tuple[str, bytes]]) -> None:
        """Add rows, given by id and by the bytes that go out for them."""
        self.form.add(rows)
        self._fit()

    def announce(self, row_ids: Collection[str], is_new: Sequence[bool] | None = None) -> bool:
        """Add rows before they are emitted: a run may be killed while they are.

        Args:
            row_ids: the rows that are about to be emitted.
            is_new: whether each one is new, as far as the server tells; None for all.

        Returns:
            Whether anything changes by that, so that the state has to be saved first.
        """
        ids = list(row_ids)
        has_changed = self.form.announce(ids, [True] * len(ids) if is_new is None else is_new)
        self._fit()
        return has_changed

    def complete(self, rows: Sequence[tuple[str, bytes]], is_new: Sequence[bool]) -> None:
        """Add the contents of announced rows, as they have been emitted."""
        self.form.complete(rows, is_new)
        self._fit()

    def dump(self) -> dict[str, Any]:
        """Their fields in a bookmark."""
        return {"capacity": self.capacity, **self.form.dump()}

    @classmethod
    def load(cls, fields: Mapping[str, Any]) -> EmittedRows:
        """Load what was dumped.

        Raises:
            ValueError: the fields are not of emitted rows. So are `KeyError` and `TypeError`.
        """
        capacity = int(fields["capacity"])
        if not 0 <= capacity <= STATE_BYTES:
            raise ValueError("a capacity that no state has room for")
        loaded = cls(capacity)
        loaded.form = (
            RowList.load(fields) if "row_ids" in fields else Sketches.load(fields, capacity)
        )
        return loaded

    def _fit(self) -> None:
        if isinstance(self.form, RowList) and not _is_shorter(len(self.form), self.capacity):
            sketches = Sketches(self.capacity)
            sketches.add_digests(self.form.items())
            self.form = sketches


class RowComparison:
    """Compares the rows of a table, page by page, with those that have been emitted.

    Args:
        earlier: the rows that have been emitted.
        capacity: of what is to be remembered from now on.
    """

    def __init__(self, earlier: EmittedRows, capacity: int) -> None:
        self._earlier = earlier.form
        self._current: Form = self._earlier.empty()
        self._emitted = EmittedRows(capacity)
        self._rows = 0

    def add(self, rows: Sequence[tuple[str, bytes]]) -> None:
        """Add rows that there are, each only once."""
        self._rows += len(rows)
        if self._is_possible:
            self._current.add(rows)
        if self._emitted.form is self._current:
            return
        capacity = self._emitted.capacity
        if self._current.capacity == capacity and not _is_shorter(self._rows, capacity):
            self._emitted.form = self._current
        else:
            self._emitted.add(rows)

    @property
    def emitted(self) -> EmittedRows:
        """What has been emitted as soon as all changes have been."""
        return self._emitted

    def changes(self, deleted: Iterable[str] = ()) -> Changes | None:
        """The changes from the emitted rows to those that there are.

        Args:
            deleted: ids that are known to be deleted.

        Returns:
            The changes; None where too many rows differ to know which.
        """
        if not self._is_possible:
            return None
        return self._earlier.changes_to(self._current, deleted)  # type: ignore[arg-type]

    @property
    def _is_possible(self) -> bool:
        return self._rows <= self._earlier.most_compared


def _is_shorter(rows: int, capacity: int) -> bool:
    """Whether the list of so many rows is shorter than sketches of a capacity."""
    return list_length(rows) < sketches_length(capacity)

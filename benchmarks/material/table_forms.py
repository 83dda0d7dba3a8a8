"""The forms of tables that are measured: what servers send besides the usual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.material import columns as kinds
from benchmarks.material.stamps import Stamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.material.columns import Column

DAYS = ("YYYY-MM-DD", "M/D/YYYY", "DD/MM/YYYY", "DD.MM.YYYY")
"""The formats of days. With ` HH:mm` they are those of minutes."""


_USUAL_STAMPS = Stamps()


@dataclass(frozen=True)
class Form:
    """A form of tables.

    Attributes:
        name: Its name in results.
        columns: The columns of its source table; the first is the key.
        stamps: How its server writes points in time.
        sparse: Whether two of three cells are empty.
        for_targets: Whether its records differ for targets from those of other forms.
        weight: What a row costs, compared with a row of the usual form; heavy rows are fewer.
    """

    name: str
    columns: Sequence[Column]
    stamps: Stamps = _USUAL_STAMPS
    sparse: bool = False
    for_targets: bool = True
    weight: float = 1

    @property
    def source(self) -> str:
        """The table that taps read."""
        return "Orders" if self.name == USUAL else self.name

    @property
    def empty(self) -> str:
        """The table that targets load into."""
        return f"{self.source} to load"

    @property
    def full(self) -> str:
        """The table that has the rows which targets load."""
        return f"{self.source} stored"

    def names(self, *reads_as: str) -> list[str]:
        """The columns that taps read in one of these ways."""
        return [column.name for column in self.columns if column.reads_as in reads_as]


USUAL = "usual"
SELECTED = (kinds.KEY, "Amount", "Ordered", "Status")
"""The columns of the usual form that are selected in runs with a third of the columns."""

_ORDERED = kinds.date("Ordered", "YYYY-MM-DD")
_TWELVE = (
    kinds.NUMBER,
    kinds.CUSTOMER,
    kinds.long_text("Note", 1),
    kinds.AMOUNT,
    kinds.PIECES,
    _ORDERED,
    kinds.date("Shipped", "YYYY-MM-DD HH:mm"),
    kinds.single_select("Status"),
    kinds.multiple_select("Tags"),
    kinds.GIFT,
    kinds.MAIL,
    kinds.link("Buyer", 1),
)
_LINK = kinds.link("Buyers", 2)


def _repeat(columns: Sequence[Column], count: int) -> list[Column]:
    """So many columns like these, with names and keys of their own."""
    first, *others = columns
    repeated = [others[number % len(others)] for number in range(count - 1)]
    return [
        first,
        *(
            replace(column, name=f"{column.name} {number}")
            for number, column in enumerate(repeated)
        ),
    ]


FORMS = {
    form.name: form
    for form in (
        Form(USUAL, _TWELVE),
        Form("whole seconds", _TWELVE, Stamps(digits=0)),
        Form("0 to 3 digits", _TWELVE, Stamps(digits=None)),
        Form("UTC server", _TWELVE, Stamps(offset=0)),
        Form("half hours", _TWELVE, Stamps(offset=330)),
        Form("stamps of batches", _TWELVE, Stamps(batched=True), for_targets=False),
        Form("empty cells", _TWELVE, sparse=True),
        Form(
            "all date formats",
            (
                kinds.NUMBER,
                *(kinds.date(f"Day {later}", display, later) for later, display in enumerate(DAYS)),
                *(
                    kinds.date(f"Minute {later}", f"{display} HH:mm", later)
                    for later, display in enumerate(DAYS)
                ),
                kinds.CREATED,
                kinds.CHANGED,
            ),
        ),
        Form(
            "selects",
            (
                kinds.NUMBER,
                *(kinds.single_select(f"Single {step}", step) for step in (1, 2, 3)),
                *(kinds.multiple_select(f"Multiple {step}", step) for step in (1, 2, 3)),
            ),
        ),
        Form(
            "links with two names",
            (kinds.NUMBER, _LINK, kinds.link("Sellers", 2), kinds.lookup("Names", _LINK)),
            for_targets=False,
        ),
        Form(
            "long texts",
            (kinds.NUMBER, kinds.long_text("Text", 20), kinds.long_text("Answer", 20)),
            weight=4,
        ),
        Form("3 columns", (kinds.NUMBER, kinds.AMOUNT, _ORDERED), weight=0.5),
        Form("60 columns", _repeat(_TWELVE, 60), weight=4),
    )
}
"""The forms by name."""

"""Texts of a property to what the writer of its column takes."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import TextForm, type_of
from seatable_client.errors import InvalidValueError
from target_seatable.rows.refusals import first_refusal
from target_seatable.rows.text_formats.choice import all_readings, number_forms
from target_seatable.rows.text_formats.numbers import CURRENCIES
from target_seatable.rows.text_formats.text_format import only_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from seatable_client.column_types import Bulk, Writer
    from seatable_client.metadata import Column
    from target_seatable.rows.text_formats.choice import Reading
    from target_seatable.rows.text_formats.numbers import NumberFormat
    from target_seatable.rows.text_formats.property_formats import PropertyFormat

    Read = Callable[[str], str]

_WITH_OFFSET = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([zZ]|[+-]\d\d:?\d\d)", re.ASCII
)

_PLAIN_TRUTH = frozenset({"true", "false", "1", "0"})
"""What a checkbox takes in every language."""

_AS_PROGRAMS_WRITE = re.compile(
    r"\d{4}-\d\d-\d\d.*|[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.DOTALL
)

_REMEDY = "locale or text_formats says how the source writes its values"


def with_remedy(reason: str, column: Column, value: Any) -> str:
    """Why a value of a column is refused; with what to do if it is a text as people write it."""
    if not isinstance(value, str) or _REMEDY in reason or not _readings_for(column.type):
        return reason
    is_plain = _AS_PROGRAMS_WRITE.fullmatch(value.strip()) is not None
    return reason if is_plain else f"{reason}; {_REMEDY}"


class ColumnReader:
    """Reads the texts of a property, whose column exists.

    Where the settings leave open which of several forms the texts have (`auto`), each text that
    has one meaning only tells: the forms that do not take it are given up for the rest of the run.
    A text of which the forms left make different things is refused.

    Args:
        format: what the settings say.
        column: the column.
    """

    def __init__(self, format: PropertyFormat, column: Column) -> None:  # noqa: A002
        self._texts = format.texts
        self._form = type_of(column).text_form
        self._forms = _forms(format, column)

    @property
    def has_effect(self) -> bool:
        """Whether a text may become anything but itself."""
        return bool(self._forms or self._texts.empty or self._texts.strip)

    def learn(self, texts: Iterable[str]) -> None:
        """Give up the forms that do not take all of these texts, unless there is no other."""
        if len(self._forms) > 1:
            cleaned = [text for raw in texts if (text := self._clean(raw)) is not None]
            forms = [form for form in self._forms if first_refusal(cleaned, form) is None]
            self._forms = forms or self._forms

    def read(self, text: str) -> str | None:
        """What the writer of the column takes; None for an empty cell.

        Raises:
            InvalidValueError: the text has no meaning, or several.
        """
        cleaned = self._clean(text)
        if cleaned is None or not self._forms or self._is_plain(cleaned):
            return cleaned
        try:
            meaning = only_reading(cleaned, self._forms)
        except InvalidValueError as error:
            raise InvalidValueError(f"{error}; {_REMEDY}") from None
        if len(self._forms) > 1:
            self._forms = [form for form in self._forms if first_refusal([cleaned], form) is None]
        return meaning

    def _clean(self, text: str) -> str | None:
        return self._texts.clean(text, keeps_space=not self._forms)

    def _is_plain(self, text: str) -> bool:
        if self._form is TextForm.TRUTH:
            return text.lower() in _PLAIN_TRUTH
        return self._form is TextForm.DATE and _WITH_OFFSET.fullmatch(text) is not None

    def read_key(self, text: str) -> str | None:
        """As `read`, and no number that is written in another way than programs do.

        Raises:
            InvalidValueError: `1.342` and `1342` may be two keys, and would be one number.
        """
        meaning = self.read(text)
        if self._form is TextForm.NUMBER and meaning is not None and meaning != text:
            raise InvalidValueError(
                f"{text!r} would be stored as {meaning}, and could be confused with another key"
            )
        return meaning

    def writer(self, write: Writer, *, is_key: bool) -> Writer:
        """The column's writer, for texts of the property."""
        read = self.read_key if is_key else self.read

        def read_and_write(value: Any) -> Any:
            meaning = read(value) if isinstance(value, str) else value
            return None if meaning is None else write(meaning)

        return read_and_write

    def bulk_writer(self, write: Writer, bulk: Bulk | None, *, is_key: bool) -> Bulk:
        """The column's writer for many values at once, which learns from all of them first."""
        read = self.read_key if is_key else self.read

        def read_and_write(
            values: Sequence[Any], classes: AbstractSet[type]
        ) -> Sequence[Any] | None:
            del classes  # of the texts, not of what they mean
            self.learn(value for value in values if isinstance(value, str))
            try:
                read_values = [read(value) if isinstance(value, str) else value for value in values]
                if bulk is not None and read_values and None not in read_values:
                    cells = bulk(read_values, set(map(type, read_values)))
                    if cells is not None:
                        return cells
                return [None if value is None else write(value) for value in read_values]
            except InvalidValueError:
                return None  # each is written alone, so that the others are not refused with it

        return read_and_write


@cache
def _readings_for(column_type: str) -> Sequence[Reading]:
    """The meanings that texts may have which become a column of this type."""
    return tuple(reading for reading in all_readings() if reading.type == column_type)


def _forms(format: PropertyFormat, column: Column) -> list[Read]:  # noqa: A002
    """The forms that texts for a column may have."""
    if not format.reads_values:
        return []
    texts, form = format.texts, type_of(column).text_form
    if form is TextForm.NUMBER:
        kinds = number_forms() if format.is_auto else [texts.numbers]
        if not format.has_one_number:
            kinds = [tuple(form for form in forms if _suits(form, column)) for forms in kinds]
        # Bare or of the column's currency: the value is the same.
        return [
            partial(only_reading, readers=[form.parse for form in forms])
            for forms in kinds
            if forms
        ]
    if format.is_auto:
        return [reading.parse for reading in _readings_for(column.type)]
    if form is TextForm.DATE:
        return [texts.read_date]
    return [texts.read_truth] if form is TextForm.TRUTH else []


def _suits(form: NumberFormat, column: Column) -> bool:
    """Whether a column, which shows all its numbers alike, has numbers of this form."""
    shown = column.data.get("format", "number")
    if shown == "percent":
        return form.percent
    bare = not form.percent and not form.currency
    return bare or (bool(form.currency) and CURRENCIES.get(form.currency) == shown)

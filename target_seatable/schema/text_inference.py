"""The column for texts whose forms the settings name: numbers, days and truth values of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from seatable_client.column_types import TextForm, type_named
from seatable_client.formatting import quote_value
from seatable_client.metadata import Column, NewColumn
from target_seatable.rows import ColumnReader, first_refusal, possible_readings
from target_seatable.schema import numerals
from target_seatable.schema.column_types import column_refusal, new_column

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from seatable_client.column_types import Writing
    from target_seatable.rows import PropertyFormat, Reading


_LOOK = 100
"""Texts to look at before it is said that most have a meaning."""


class Choice(NamedTuple):
    """A column, and why it is the one.

    Attributes:
        column: the column; None if the texts have no meaning by the format.
        reason: a clause that goes on after "because"; empty if nothing needs to be said. Without a
            column it says which text has not the meaning that most have.
        is_certain: whether the texts have the meaning that the column holds.
    """

    column: NewColumn | None
    reason: str = ""
    is_certain: bool = False


def column_by_format(
    name: str, values: Collection[Any], texts_mean: PropertyFormat, writing: Writing
) -> Choice:
    """The column for texts, if all of them agree in exactly one meaning.

    Args:
        name: the column's name.
        values: what the first rows hold.
        texts_mean: what the settings say.
        writing: how values will be written.
    """
    texts = meaningful_texts(values, texts_mean)
    found = possible_readings(texts, texts_mean.readings()) if texts else []
    if not found:
        return _without_meaning(name, texts, texts_mean)
    if len(found) > 1:
        return Choice(new_column(name, "text"), _ambiguity(texts, found))
    (reading,) = found
    form = type_named(reading.type).text_form
    if form is TextForm.NUMBER and (reason := _lost_form(reading, texts)):
        return Choice(new_column(name, "text"), reason)
    is_one_word = form is TextForm.TRUTH and len(set(map(reading.parse, texts))) == 1
    if is_one_word and texts_mean.is_auto:  # a country's code, perhaps
        return Choice(None)
    column = new_column(name, reading.type, reading.data)
    refusal = column_refusal(column, map(reading.parse, texts), writing)
    if refusal is not None:
        return Choice(new_column(name, "text"), refusal)
    by = f"locale is {texts_mean.locale}" if texts_mean.locale else "text_formats says so"
    if texts_mean.is_auto:
        by = f"all values are {reading.example}, and nothing else"
    return Choice(column, by, is_certain=True)


def keeps_keys(column: NewColumn, values: Collection[Any], texts_mean: PropertyFormat) -> bool:
    """Whether a column of a key takes all texts as they are, also by what the settings say."""
    reader = ColumnReader(texts_mean, Column("", column.name, column.type, column.data or {}))
    return first_refusal(meaningful_texts(values, texts_mean), reader.read_key) is None


def meaningful_texts(values: Collection[Any], texts_mean: PropertyFormat) -> list[str]:
    """Values as texts, without those that mean nothing."""
    texts = (value if isinstance(value, str) else str(value) for value in values)
    return [text for value in texts if (text := texts_mean.texts.clean(value)) is not None]


def _without_meaning(name: str, texts: Sequence[str], texts_mean: PropertyFormat) -> Choice:
    """Text, where a number would be read by other rules than those of the settings."""
    reads_numbers = texts_mean.is_auto or texts_mean.texts.numbers
    plain = bool(texts) and numerals.are_like_numbers(texts) and not numerals.lost_form(texts)
    if plain and reads_numbers:
        return Choice(
            new_column(name, "text"),
            f"{texts[0]!r} and the other values look like numbers, but the settings do not read "
            'them as numbers. Set text_formats for it, such as {"decimal": "."}, to have numbers',
        )
    return Choice(None, "" if texts_mean.is_auto else _exception(texts, texts_mean))


def _exception(texts: Sequence[str], texts_mean: PropertyFormat) -> str:
    """Which text has not the meaning that most of the first ones have; empty if there is none."""
    first = texts[:_LOOK]
    for reading in texts_mean.readings():
        odd = next((text for text in texts if first_refusal([text], reading.parse)), None)
        count = sum(first_refusal([text], reading.parse) is None for text in first)
        if odd is not None and 2 * count > len(first):
            return (
                f"{quote_value(odd)} does not belong to the {reading.example}, as most values do. "
                "Correct it, or say in text_formats what it means"
            )
    return ""


def _lost_form(reading: Reading, texts: Sequence[str]) -> str | None:
    """What plain numerals would lose: `1.1` and `1.10` may be two codes."""
    if signed := next((text for text in texts if text.startswith("+")), None):
        return f"a number does not keep the sign of {signed!r}"
    if all(reading.parse(text) == text for text in texts):
        return numerals.lost_form(texts)
    return None


def _ambiguity(texts: Sequence[str], found: Sequence[Reading]) -> str:
    """Which meanings a text may have, and the settings that decide."""
    first, second = found[:2]
    text = next(
        (candidate for candidate in texts if first.parse(candidate) != second.parse(candidate)),
        texts[0],
    )
    return (
        f"{text!r} may be {first.parse(text)} ({first.example}) or {second.parse(text)} "
        f"({second.example}). Set locale, or text_formats to {_shown(first)} or {_shown(second)} "
        "for it, before the table is made"
    )


def _shown(reading: Reading) -> str:
    return str(dict(reading.setting)).replace("'", '"')

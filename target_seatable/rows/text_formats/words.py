# ruff: noqa: RUF001  (words of many alphabets)
"""Words for true and false, by language. No library has them: CLDR's own are for prompts only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = {
    "bg": ("да", "не"),
    "ca": ("sí", "no"),
    "cs": ("ano", "ne"),
    "da": ("ja", "nej"),
    "de": ("ja wahr", "nein falsch"),
    "el": ("ναι", "όχι"),
    "en": ("yes", "no"),
    "es": ("sí si verdadero", "no falso"),
    "et": ("jah", "ei"),
    "fi": ("kyllä tosi", "ei epätosi"),
    "fr": ("oui vrai", "non faux"),
    "hr": ("da", "ne"),
    "hu": ("igen", "nem"),
    "id": ("ya", "tidak"),
    "is": ("já", "nei"),
    "it": ("sì si vero", "no falso"),
    "ja": ("はい", "いいえ"),
    "ko": ("예", "아니요"),
    "lt": ("taip", "ne"),
    "lv": ("jā", "nē"),
    "ms": ("ya", "tidak"),
    "nb": ("ja", "nei"),
    "nl": ("ja waar", "nee onwaar"),
    "pl": ("tak prawda", "nie fałsz"),
    "pt": ("sim verdadeiro", "não falso"),
    "ro": ("da", "nu"),
    "ru": ("да", "нет"),
    "sk": ("áno", "nie"),
    "sl": ("da", "ne"),
    "sr": ("da да", "ne не"),
    "sv": ("ja sant", "nej falskt"),
    "th": ("ใช่", "ไม่ใช่"),
    "tr": ("evet", "hayır"),
    "uk": ("так", "ні"),
    "vi": ("có", "không"),
    "zh": ("是", "否"),
}
"""By language, the words for true and those for false, separated by spaces."""


def truth_words(locale: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words for true and for false of a locale, in lower case."""
    true, false = _WORDS.get(locale.partition("_")[0], ("", ""))
    return frozenset({"true", *true.split()}), frozenset({"false", *false.split()})

"""Writes the table of locales that `locale` can name, from CLDR as babel has it.

    python -m tools.text_locales           renews the module
    python -m tools.text_locales --check   exits with an error where it is out of date

Only what decides how numbers and days are written is taken. Parsing is not babel's: it takes what
is not meant (1.34 as 134 in German, a day as a month where only that fits).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from babel import Locale

FILE = Path(__file__).parent.parent / "target_seatable" / "rows" / "text_formats" / "locales.py"

# fmt: off
LOCALES = (
    "bg_BG", "ca_ES", "cs_CZ", "da_DK", "de_AT", "de_CH", "de_DE", "el_GR", "en_AU",
    "en_CA", "en_GB", "en_IE", "en_IN", "en_NZ", "en_US", "en_ZA", "es_AR", "es_CL",
    "es_CO", "es_ES", "es_MX", "et_EE", "fi_FI", "fr_BE", "fr_CA", "fr_CH", "fr_FR",
    "hr_HR", "hu_HU", "id_ID", "is_IS", "it_CH", "it_IT", "ja_JP", "ko_KR", "lt_LT",
    "lv_LV", "ms_MY", "nb_NO", "nl_BE", "nl_NL", "pl_PL", "pt_BR", "pt_PT", "ro_RO",
    "ru_RU", "sk_SK", "sl_SI", "sr_RS", "sv_FI", "sv_SE", "th_TH", "tr_TR", "uk_UA",
    "vi_VN", "zh_CN", "zh_TW",
)
# fmt: on

_SPACES = frozenset("\u00a0\u202f\u2009 ")
_APOSTROPHES = frozenset("'\u2019")

_HEAD = '''"""How numbers and days are written where; from CLDR by `tools/text_locales.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCALES: Mapping[str, tuple[str, str, bool, str, str]] = {
'''
_TAIL = '''}
"""By locale: decimal sign; group sign (a space and an apostrophe stand for all of their kind);
whether groups above a thousand have two digits; order of day, month, year; their separators."""
'''


def entry(name: str) -> tuple[str, str, bool, str, str]:
    """The formats of a locale."""
    locale = Locale.parse(name)
    symbols = locale.number_symbols["latn"]
    group = symbols["group"]
    if group in _SPACES:
        group = " "
    elif group in _APOSTROPHES:
        group = "'"
    pattern = re.sub(r"'[^']*'", "", locale.date_formats["short"].pattern)
    order = "".join(dict.fromkeys(re.findall("[dMy]", pattern))).upper()
    separators = "".join(dict.fromkeys(re.findall(r"[-./]", pattern)))
    indian = locale.decimal_formats[None].pattern.startswith("#,##,")
    return symbols["decimal"], group, indian, order, separators


def module() -> str:
    """The text of the module."""
    lines = []
    for name in LOCALES:
        decimal, group, indian, order, separators = entry(name)
        lines.append(
            f'    "{name}": ("{decimal}", "{group}", {indian}, "{order}", "{separators}"),\n'
        )
    return _HEAD + "".join(lines) + _TAIL


def main(arguments: list[str]) -> int:
    """Renews the module, or checks it."""
    text = module()
    if arguments == ["--check"]:
        return int(FILE.read_text(encoding="utf-8") != text)
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Real CSV files that nobody here made, out of the package vega-datasets."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS: Mapping[str, tuple[str, ...]] = {
    "airports": ("iata",),
    "iowa-electricity": ("year", "source"),
    "la-riots": (),  # people; nothing tells them apart for certain
    "seattle-weather": ("date",),
    "us-employment": ("month",),
}
"""The files by name, each with the columns that tell its rows apart."""


@dataclass(frozen=True)
class CsvFile:
    """A CSV file with a header."""

    path: Path

    def rows(self) -> list[dict[str, str]]:
        """Its rows, as they stand in the file."""
        with self.path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def copy_files(folder: Path) -> dict[str, CsvFile]:
    """Puts the files into a folder; returns them by name."""
    package = find_spec("vega_datasets")
    if package is None or package.origin is None:
        raise RuntimeError("the package vega-datasets is not installed: run `make demo`")
    source = Path(package.origin).parent / "_data"
    folder.mkdir(parents=True, exist_ok=True)
    return {name: CsvFile(Path(shutil.copy(source / f"{name}.csv", folder))) for name in KEYS}

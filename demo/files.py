"""CSV files of the package vega-datasets."""

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
    "la-riots": (),  # people, who have no certain key
    "seattle-weather": ("date",),
    "us-employment": ("month",),
}
"""The key columns of each file by its name."""


@dataclass(frozen=True)
class CsvFile:
    """A CSV file with a header."""

    path: Path

    def rows(self) -> list[dict[str, str]]:
        """The rows of the file, as texts."""
        with self.path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def copy_files(folder: Path) -> dict[str, CsvFile]:
    """Copy the files into a folder; returns them by name.

    Raises:
        RuntimeError: The package is not installed.
    """
    package = find_spec("vega_datasets")
    if package is None or package.origin is None:
        raise RuntimeError(
            "The package vega-datasets is not installed. Run `make demo`, which installs it."
        )
    source = Path(package.origin).parent / "_data"
    folder.mkdir(parents=True, exist_ok=True)
    return {name: CsvFile(Path(shutil.copy(source / f"{name}.csv", folder))) for name in KEYS}

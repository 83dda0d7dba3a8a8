"""`python -m tabular_files` is the same as `tap-tabular-files`."""

from tabular_files.tap import TapTabularFiles

TapTabularFiles.cli()

"""`python -m tap_seatable` is the same as `tap-seatable`."""

from tap_seatable.tap import TapSeaTable

TapSeaTable.cli()

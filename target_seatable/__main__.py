"""`python -m target_seatable` is the same as `target-seatable`."""

from target_seatable.target import TargetSeaTable

TargetSeaTable.cli()

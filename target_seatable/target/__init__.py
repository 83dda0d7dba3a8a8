"""The target itself, its command, the load of files, and the retry of rejected records."""

from __future__ import annotations

from target_seatable.target.file_loader import FileLoader
from target_seatable.target.retry import RetryingTarget, TargetCommand
from target_seatable.target.target import TargetSeaTable

__all__ = ["FileLoader", "RetryingTarget", "TargetCommand", "TargetSeaTable"]

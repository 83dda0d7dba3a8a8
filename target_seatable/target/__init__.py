"""The target itself, its command, and the retry of rejected records."""

from __future__ import annotations

from target_seatable.target.retry import RetryingTarget, TargetCommand
from target_seatable.target.target import TargetSeaTable

__all__ = ["RetryingTarget", "TargetCommand", "TargetSeaTable"]

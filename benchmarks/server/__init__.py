"""The server that contenders read from and write to."""

from benchmarks.server.replay import Replay

__all__ = ["Replay"]

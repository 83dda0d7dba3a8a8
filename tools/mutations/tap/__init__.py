"""Guarantees of the tap: no row passed over, no deletion made up, no state ahead of its records."""

from __future__ import annotations

from tools.mutations.tap.state import STATE
from tools.mutations.tap.streams import STREAMS
from tools.mutations.tap.sync import SYNC

TAP = (*SYNC, *STATE, *STREAMS)

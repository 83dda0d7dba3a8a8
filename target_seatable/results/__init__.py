"""Counted, rejected, acknowledged."""

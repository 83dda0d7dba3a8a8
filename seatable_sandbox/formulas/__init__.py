"""Computed values and filters."""

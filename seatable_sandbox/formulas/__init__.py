"""Computed columns, formulas, filters, and rendering for answers."""

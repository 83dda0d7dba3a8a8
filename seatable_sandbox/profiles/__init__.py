"""Generations, limits, faults."""

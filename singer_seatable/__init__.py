"""Shared parts of tap-seatable and target-seatable: command line, settings, their contract."""

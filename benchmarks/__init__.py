"""The cost of the connectors, compared with a minimal implementation. `make bench` runs it."""

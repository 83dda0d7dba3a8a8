"""The programs that are measured beside the connectors, one file for each side."""

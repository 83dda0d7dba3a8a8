"""The base that `--demo` creates: a small shop, and a table with every column type."""

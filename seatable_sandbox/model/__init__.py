"""The structure of a base, ids, errors, the clock, and the store."""

"""Tables of the base: find, create, dry run, limits."""

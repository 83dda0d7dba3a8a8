"""Singer lines to checked records."""

"""SeaTable's SQL, compiled to SQLite."""

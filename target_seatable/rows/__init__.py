"""Values to cells and rows."""

"""What a cell of each type is, read and written."""

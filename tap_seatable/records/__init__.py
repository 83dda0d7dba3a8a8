"""From cells to RECORD lines."""

"""Store access, tokens, trash, files."""

"""dtable-web: accounts, tokens, workspaces, files."""

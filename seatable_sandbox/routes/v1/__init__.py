"""dtable-server v1 and dtable-db v1: the generations of the old API documents."""

"""What operations on all kinds of objects share: stored rows, links, trash, files, tokens."""

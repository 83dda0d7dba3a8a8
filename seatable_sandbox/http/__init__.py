"""Server, connections, transport."""

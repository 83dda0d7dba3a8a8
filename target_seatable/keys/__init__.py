"""Which row has which key."""

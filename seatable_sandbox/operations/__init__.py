"""What endpoints do to a base."""

"""What can be done with a base, per server generation."""

"""The bookmark and its sketches."""

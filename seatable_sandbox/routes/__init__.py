"""Endpoints, helpers, context."""

"""Endpoints that the gateway and v1 share."""

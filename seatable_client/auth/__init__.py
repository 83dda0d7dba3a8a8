"""Credentials to base tokens, accounts, creating a base."""

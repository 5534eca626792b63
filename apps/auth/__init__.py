"""Accounts, roles, sessions, and the screens that need them."""

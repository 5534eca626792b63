"""User interfaces, APIs and commands."""

"""Adapters that connect the suite to a domain or a hospital."""

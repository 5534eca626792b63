"""Finds texts by meaning."""

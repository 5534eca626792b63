"""Turns requests into tokens."""

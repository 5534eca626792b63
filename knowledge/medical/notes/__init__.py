"""Reads a clinical note: its words, what it says of them, and its values."""

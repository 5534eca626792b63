"""Reads a clinical note: its words, their context, and its values."""

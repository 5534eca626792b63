"""Domains that have an adapter: routing a text to one, and the prompts of each."""

"""The vocabulary of a domain: glossaries, and recognition of their terms in a text."""

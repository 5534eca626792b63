"""The vocabulary of a domain: glossaries, and where a text uses their terms."""

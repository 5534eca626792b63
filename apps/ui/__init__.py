"""Shared by the screens: theme, texts, languages, and the plain HTML pages."""

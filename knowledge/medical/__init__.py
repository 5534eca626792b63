"""Findings, diseases and the ranking between them."""

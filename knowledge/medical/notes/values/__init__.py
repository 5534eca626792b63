"""Vital signs and laboratory values of a note, and which findings they stand for."""

"""Vital signs and laboratory values of a note, and the findings that they stand for."""

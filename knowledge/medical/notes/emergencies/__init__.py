"""Emergencies that a note describes by circumstances or amounts rather than by name."""

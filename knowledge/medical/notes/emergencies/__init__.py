"""Emergencies that a note tells by circumstances or amounts rather than by name."""

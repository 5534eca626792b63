"""Reads patients from FHIR R4 files and servers."""

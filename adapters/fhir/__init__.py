"""Reads patients from FHIR R4 files and servers, writes what a clinician approved, and keeps the audit trail."""

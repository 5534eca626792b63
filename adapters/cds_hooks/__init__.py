"""CDS Hooks 2.0: what a hospital system shows when a clinician opens a patient."""

"""A clinician in the browser: a sample patient's findings and ranking, and a file that cannot be read."""



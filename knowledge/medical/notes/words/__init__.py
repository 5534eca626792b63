"""Words of a note that name findings, diseases, drugs and procedures, including misspelt ones."""

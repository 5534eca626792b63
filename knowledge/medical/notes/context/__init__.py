"""What a note says about a finding: absent, possible, past, or of another person."""

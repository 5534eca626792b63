"""What a note says of a finding: absent, possible, of long ago, of another person."""

"""What the suite knows and how it finds it. Knows no wire format, no screen."""

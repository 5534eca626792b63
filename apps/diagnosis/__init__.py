"""The diagnostic assistant."""

"""What every HTTP server of the suite exposes: metrics and health."""

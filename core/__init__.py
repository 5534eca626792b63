"""The model and all that runs it. Knows no domain, no hospital, no screen."""

"""The support desk, ``/desk/``: who waits, what was not answered, drafts, versions and figures."""

"""The domains that adapters exist for: which one a text belongs to, and how a prompt of each begins."""

"""Measurements that anyone can run (``make bench-NAME``), and what made parts of what ships.

The latter are ``fit_*`` and ``router`` (``make fit-NAME``), ``fit_lexicon``, ``*_rows`` and ``base_texts``; see
CONTRIBUTING.md.
"""

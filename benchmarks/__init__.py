"""Measurements that anyone can run (``make bench-NAME``), and what made parts of what ships.

The latter are ``fit_*`` and ``router`` (``make fit-NAME``), ``fit_lexicon``, ``*_rows``, ``base_texts`` and
``adapter_mean``; see CONTRIBUTING.md.
"""

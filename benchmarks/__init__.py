"""Benchmarks that anyone can run (``make bench-NAME``), and the scripts that built parts of the shipped files.

The latter are ``fit_*`` and ``router`` (``make fit-NAME``), ``fit_lexicon``, ``*_rows``, ``base_texts`` and
``adapter_mean``; see CONTRIBUTING.md.
"""

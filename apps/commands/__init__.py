"""The commands of `r1`, a module each; :mod:`apps.cli` joins them."""

"""The commands of `r1`, a module each; :mod:`apps.commands.root` joins them."""

"""The commands of `r1`, one module each; :mod:`apps.commands.root` joins them."""

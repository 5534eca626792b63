"""The model and everything that runs it. Imports nothing from the domains, the hospital adapters or the web apps.

Even so, their settings and most of their errors and metrics are declared here, each in one place:
:mod:`core.settings`, :mod:`core.errors` and :mod:`core.server.metrics`. And :mod:`core.engine.open` knows the folder of
the domain adapters that ship with the suite.
"""

import os

# OpenMP's threads spin for milliseconds after each torch operation, keeping the processors from the threads of
# core.model.kernels. The limit is read when torch is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

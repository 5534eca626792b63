"""The model and all that runs it. Imports no domain, no hospital, no screen.

The settings of all these are declared here nevertheless, and most of their errors and metrics, each in one place:
:mod:`core.settings`, :mod:`core.errors` and :mod:`core.server.metrics`. And :mod:`core.engine.open` names, as a folder,
the domain adapters that come with the suite.
"""

import os

# OpenMP's threads spin for milliseconds after each operation of torch, and keep the processors from the threads of
# core.model.kernels meanwhile. The limit is read when torch is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

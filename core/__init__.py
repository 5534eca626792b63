"""The model and all that runs it. Knows no domain, no hospital, no screen."""

import os

# OpenMP's threads spin for milliseconds after each operation of torch, and keep the processors from the threads of
# core.model.kernels meanwhile. The limit is read when torch is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

"""The model and all that runs it. Knows no domain, no hospital, no screen."""

import os

# After each piece of work torch's threads keep their processors busy for milliseconds, lest they have to be woken. The
# threads of core.model.kernels wait for these processors then. The number is read when torch is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

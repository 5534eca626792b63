"""The INT8 kernels for the CPU, compiled by numba.

Compiled code is cached for the next process. numba notices changes in a function's own file, but not in those of the
functions it calls: so the cache folder is named by a hash of all files, below ``NUMBA_CACHE_DIR`` if that is set.
"""

import hashlib
from pathlib import Path

import numba

from ...errors import StorageError

_folder = Path(__file__).parent
_digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_folder.glob("*.py")))).hexdigest()
_before = numba.config.CACHE_DIR
numba.config.CACHE_DIR = str(Path(_before or _folder / "__pycache__") / _digest[:16])
try:
    from .attention import PoolArrays
    from .choice import NOTHING_FAR, Far, Rows, Rules
    from .hadamard import hadamard_rows, read_table
    from .linear import Deltas, Linears, LinearWorks, new_work, read_rows
    from .matmul import matmul
    from .prompt import add_residual, gate_rows, split_heads
    from .rotary import move_pages
    from .softmax import best_of_pages, causal_softmax
    from .step import Network, Works, compiled, logits, step
    from .team import ALONE, Team
except RuntimeError as error:  # numba found no writable folder
    raise StorageError(
        f"Compiled kernels cannot be kept: neither {_folder} nor ~/.cache can be written",
        hint="Set NUMBA_CACHE_DIR to a writable folder",
    ) from error
finally:
    numba.config.CACHE_DIR = _before

__all__ = [
    "ALONE",
    "NOTHING_FAR",
    "Deltas",
    "Far",
    "LinearWorks",
    "Linears",
    "Network",
    "PoolArrays",
    "Rows",
    "Rules",
    "Team",
    "Works",
    "add_residual",
    "best_of_pages",
    "causal_softmax",
    "compiled",
    "gate_rows",
    "hadamard_rows",
    "logits",
    "matmul",
    "move_pages",
    "new_work",
    "read_rows",
    "read_table",
    "split_heads",
    "step",
]

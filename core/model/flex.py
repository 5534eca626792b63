"""The attention of :mod:`core.model.sparse` for a GPU: FlexAttention reads the chosen pages in place.

Gathering writes every chosen page once and reads it again. Instead, torch compiles a kernel that follows a list of
pages and saves that traffic (Dong et al. 2024, https://arxiv.org/abs/2412.05496). The choice of pages is the same, so
the result is the same up to rounding.

The kernel is tested on CPU and has not been run on CUDA yet. Assumptions there, from torch 2.13's documentation and
source: Triton and a C compiler are installed, a head is at least 16 wide (a power of two is best, others are padded),
and a policy's page is a multiple of 16.
"""

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from ..errors import UnsupportedModelError
from .dense import dense_attention
from .sparse import SparsePolicy, pieces, read_pages, sparse_attention

if TYPE_CHECKING:  # imports sympy, which costs memory, so otherwise only where it is used
    from torch.nn.attention.flex_attention import BlockMask, FlexKernelOptions

_log = logging.getLogger(__name__)


def flex_sparse_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, scale: float, policy: SparsePolicy
) -> torch.Tensor:
    """See :func:`core.model.sparse.sparse_attention`: same arguments, same result, but never gradients.

    The first call for a model compiles, which takes seconds; later ones reuse the kernel, whatever their lengths.

    Raises:
        UnsupportedModelError: a gradient is required, or the kernel cannot be compiled for these tensors here.
        ValueError: the cached length is not a multiple of the block.
    """
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (query, key, value)):
        raise UnsupportedModelError("FlexAttention runs here without gradients", hint="Train with dense attention.")
    past = key.shape[1] - query.shape[1]
    if past % policy.block:
        raise ValueError(f"the cached length must be a multiple of {policy.block}")
    if all(dense for _, _, dense in pieces(past, key.shape[1], policy)):
        return dense_attention(query, key, value, scale=scale)
    from torch._dynamo.exc import FailOnRecompileLimitHit, TorchDynamoException  # takes seconds to import

    try:
        with torch.no_grad():
            mask = block_mask(query, key, scale=scale, policy=policy)
            options = _kernel_options(policy, query)
            return _compiled()(query[None], key[None], value[None], mask, scale, options)[0]
    except (FailOnRecompileLimitHit, TorchDynamoException) as error:
        raise UnsupportedModelError(
            f"FlexAttention cannot be compiled for {query.dtype} on {query.device.type} ({type(error).__name__})",
            hint="It needs Triton and a C compiler on a GPU, and a C++ compiler on a processor.",
        ) from error


class FlexOrGathered:
    """Sparse attention with FlexAttention or, after its first failure, permanently with gathered blocks.

    A machine that cannot compile the kernel still works, only more slowly, which is logged once.
    """

    def __init__(self) -> None:
        self._refused = False

    def __call__(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        *,
        scale: float,
        policy: SparsePolicy,
        out: torch.Tensor,
    ) -> None:
        """As :func:`core.model.sparse.sparse_attention`."""
        if not self._refused:
            try:
                out.copy_(flex_sparse_attention(query, key, value, scale=scale, policy=policy))
                return
            except UnsupportedModelError as error:
                self._refused = True
                _log.warning("Long prompts are read more slowly: %s", error)
        sparse_attention(query, key, value, scale=scale, policy=policy, out=out)


def block_mask(query: torch.Tensor, key: torch.Tensor, *, scale: float, policy: SparsePolicy) -> "BlockMask":
    """The keys that each query block reads, in FlexAttention's format.

    Takes ``8 * heads * (n / block) * (m / page)`` bytes: 67 MB for 32 heads and a prompt of 16,384 tokens.

    Args:
        query: ``[heads, n, head_dim]``.
        key: ``[kv_heads, m, head_dim]``; ``m - n`` is a multiple of the block.
        scale: factor of the scores.
        policy: which blocks are read.

    Returns:
        One mask for all heads. A query block's own pages are masked causally; the other pages are read in full.
    """
    from torch.nn.attention.flex_attention import BlockMask

    n, m, block, page = query.shape[1], key.shape[1], policy.block, policy.page
    past, ratio = m - n, block // page
    pages = torch.arange(-(-m // block) * ratio, dtype=torch.int32, device=query.device)
    own = pages.view(-1, ratio)[past // block :]
    count = own[:, 0].repeat(key.shape[0], 1)  # initially all earlier pages, as for dense pieces
    read = pages.repeat(key.shape[0], len(own), 1)
    for start, stop, dense in pieces(past, m, policy):
        if not dense:
            chosen = read_pages(query[:, start - past : stop - past] * scale, key[:, :stop], policy)[..., :-ratio]
            rows = slice((start - past) // block, (stop - past) // block)
            count[:, rows] = chosen.shape[-1]
            read[:, rows, : chosen.shape[-1]] = chosen  # the rest is never read
    # One list per query head: with fewer, CPU and CUDA disagree about which heads share one.
    count, read = (tensor.repeat_interleave(query.shape[0] // key.shape[0], 0)[None] for tensor in (count, read))
    partial = torch.zeros_like(read)
    partial[..., :ratio] = own
    begun = (-(-m // page) - own[:, 0]).clamp(max=ratio)  # an unfinished block may lack pages
    return BlockMask.from_kv_blocks(
        begun.expand_as(count).contiguous(),
        partial,
        count,
        read,
        BLOCK_SIZE=(block, page),
        mask_mod=_causal_within(block),
        seq_lengths=(n, m),
        compute_q_blocks=False,  # only gradients need them
    )


@functools.cache
def _causal_within(block: int) -> Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]:
    """Causal mask of a block with itself; cached, because torch would recompile for another object.

    It counts from the beginning of the block, so it does not depend on the cached length, a multiple of the block.
    """

    def causal(batch: torch.Tensor, head: torch.Tensor, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        return query % block >= key % block

    return causal


def _kernel_options(policy: SparsePolicy, query: torch.Tensor) -> "FlexKernelOptions":
    """Tile sizes of the CUDA kernel in shared memory; the CPU kernel has none.

    Tiles must divide block and page, and torch's own choice may be 128. 16 KB is torch's size for bf16 heads of 128
    numbers on all GPUs since A100. ``TRITON`` rules out a kernel for few queries with other tiles.
    """
    row = query.element_size() << (query.shape[-1] - 1).bit_length()  # bytes; widths are padded to a power of two
    most = min(64, 16_384 // row)
    tile, key_tile = (min(most, size & -size) for size in (policy.block, policy.page))  # powers of two that divide
    return {"BACKEND": "TRITON", "BLOCK_M": tile, "BLOCK_N": key_tile}


@functools.cache
def _compiled() -> Callable[..., torch.Tensor]:
    """The compiled kernel, one for all lengths."""
    from torch.nn.attention.flex_attention import flex_attention

    def attend(
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: "BlockMask",
        scale: float,
        options: "FlexKernelOptions",
    ) -> torch.Tensor:
        if not torch.compiler.is_compiling():  # uncompiled, FlexAttention ignores the lists and reads every page
            raise UnsupportedModelError("FlexAttention needs torch.compile", hint="Unset TORCH_COMPILE_DISABLE.")
        return flex_attention(query, key, value, block_mask=mask, scale=scale, enable_gqa=True, kernel_options=options)

    return torch.compile(attend, dynamic=True, fullgraph=True)

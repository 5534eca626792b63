"""Rotates queries and keys to other positions; sines are signed, see :meth:`core.model.rope.Rope.at`."""

from numba import njit

from .numbers import Array, narrow, wide


@njit(cache=True, error_model="numpy")
def rotate(head: Array, cosine: Array, sine: Array) -> None:
    """Rotates one head in place."""
    half = head.shape[0] // 2
    for i in range(half):
        a, b = head[i], head[half + i]
        head[i] = a * cosine[i] + b * sine[i]
        head[half + i] = b * cosine[half + i] + a * sine[half + i]


@njit(cache=True, error_model="numpy")
def rotate_back(heads: Array, cosine: Array, sine: Array, out: Array) -> None:
    """Rotates heads ``[n, head_dim]`` in the opposite direction, into ``out``."""
    half = heads.shape[1] // 2
    for head in range(heads.shape[0]):
        for i in range(half):
            a, b = heads[head, i], heads[head, half + i]
            out[head, i] = a * cosine[i] - b * sine[i]
            out[head, half + i] = b * cosine[half + i] - a * sine[half + i]


@njit(cache=True, nogil=True, error_model="numpy")
def move_pages(keys: Array, cosine: Array, sine: Array, page: int, first: int, out: Array) -> None:
    """Rotates the keys ``[n, head_dim]`` of several pages into ``out``.

    Args:
        cosine, sine: of pages, ``[pages, head_dim]``.
        page: tokens per page.
        first: number of the first page; later ones count down to 1, which has index 0.
    """
    half = keys.shape[1] // 2
    for token in range(keys.shape[0]):
        turn = first - 1 - token // page
        key, to, c, s = keys[token], out[token], cosine[turn], sine[turn]
        for i in range(half):
            a, b = wide(key[i]), wide(key[half + i])
            to[i] = narrow(a * c[i] + b * s[i], key[i])
            to[half + i] = narrow(b * c[half + i] + a * s[half + i], key[i])

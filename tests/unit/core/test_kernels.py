"""The integer products, the logits made of them, and threads that wait for each other."""

import gc
import os
import shutil
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from torch.nn.functional import rms_norm

import core.model
from core.model.kernels import Linears, LinearWorks, logits
from core.model.kernels.hadamard import hadamard, parts
from core.model.kernels.matmul import matmul, matmul_plain
from core.model.kernels.numbers import Array
from core.model.kernels.team import Member, Team, begin, share, take, wait
from core.model.quantize import Int8Linear


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    n=st.integers(1, 40),
    inputs=st.integers(1, 200),
    outputs=st.integers(1, 30),
    largest=st.sampled_from([1, 127]),
)
def test_matmul_is_exact(seed: int, n: int, inputs: int, outputs: int, largest: int) -> None:
    random = np.random.default_rng(seed)
    quantized, weight = (
        random.integers(-largest, largest + 1, (rows, inputs)).astype(np.int8) for rows in (n, outputs)
    )
    first = int(random.integers(0, outputs))
    wanted = quantized.astype(np.int32) @ weight[first:].astype(np.int32).T
    for kernel in (matmul, matmul_plain):
        acc = np.full((n, outputs - first + 3), -1, np.int32)
        kernel(quantized, quantized.sum(1, dtype=np.int32), weight, first, outputs, acc)
        assert (acc[:, : outputs - first] == wanted).all()
        assert (acc[:, outputs - first :] == -1).all(), "wrote beside its columns"


@given(st.sampled_from([1, 7, 31, 32, 48, 96, 576, 640, 1536, 2048]), st.integers(0, 2**31))
def test_spreading_keeps_lengths_and_is_undone_by_itself(size: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal(size, np.float32)
    y = x.copy()
    length = hadamard(y)
    assert np.linalg.norm(y) * length == pytest.approx(np.linalg.norm(x), rel=1e-5)
    assert hadamard(y) ** 2 * y == pytest.approx(x, abs=1e-5)


def test_one_number_is_spread_over_32() -> None:
    x = np.zeros(576, np.float32)
    x[200] = 64
    length = hadamard(x)
    assert np.count_nonzero(x) == parts(576) == 32
    assert abs(x[x != 0]) * length == pytest.approx(64 / 32**0.5)


@pytest.mark.parametrize("threads", [1, 2])
def test_large_numbers_take_no_steps_from_the_others(threads: int) -> None:
    random, eps = np.random.default_rng(0), 1e-5
    weight = torch.from_numpy(random.standard_normal((130, 576), np.float32))
    states, norm = (random.standard_normal(size, np.float32) for size in ((5, 576), (576,)))
    states[:, 7] *= 50
    linear = Int8Linear(weight, None, None)
    stack = linear.stack
    head = Linears(stack.weight.numpy(), stack.scale.numpy(), stack.bias.numpy(), stack.deltas)
    normed = rms_norm(torch.from_numpy(states), (576,), torch.from_numpy(norm), eps)
    wanted = normed @ linear.rows(torch.arange(130)).T
    team, works = Team(threads), LinearWorks(head, threads)
    found = torch.from_numpy(logits(team, works, states, norm, eps, head))
    step = normed.abs().amax(1, keepdim=True) / 127
    plain = (normed / step).round() * step @ linear.rows(torch.arange(130)).T
    assert (found - wanted).norm() < 0.3 * (plain - wanted).norm()
    kept = found.clone()
    for row in (3, 4, 3):
        alone = logits(team, works, states[row : row + 1], norm, eps, head)
        assert (alone[0] == found[row].numpy()).all()
    assert torch.equal(found, kept), "another call's results are not written over"


@njit(nogil=True)
def _pass_on(values: Array, rounds: int, member: Member) -> None:
    """Each round every place takes its left neighbour's value of the round before, plus one."""
    size = values.shape[1]
    first, stop = share(size, member)
    for step in range(rounds):
        for at in range(first, stop):
            values[(step + 1) % 2, at] = values[step % 2, (at - 1) % size] + 1
        wait(member)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_threads_see_what_others_wrote(count: int) -> None:
    team = Team(count)
    for rounds in (1, 1_000):
        values = np.tile(np.arange(7), (2, 1))
        team.run(_pass_on, values, rounds)
        assert (values[rounds % 2] == np.roll(np.arange(7), rounds) + rounds).all()


def test_runs_take_turns() -> None:
    team, results = Team(3), [np.tile(np.arange(7), (2, 1)) for _ in range(8)]
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda values: team.run(_pass_on, values, 1_000), results))
    assert all((values[0] == np.roll(np.arange(7), 1_000) + 1_000).all() for values in results)


@njit(nogil=True)
def _wait(member: Member) -> None:
    wait(member)


@pytest.mark.parametrize("failing", [0, 1])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nobody_waits_for_one_that_failed(failing: int, error: type[BaseException]) -> None:
    team = Team(2)

    def fail(member: Member) -> None:
        if member.number == failing:
            raise error
        _wait(member)

    with pytest.raises(error):
        team.run(fail)
    values = np.zeros((2, 7), np.int64)
    team.run(_pass_on, values, 2)
    assert (values[0] == 2).all(), "the team works on"


def test_what_a_failed_kernel_held_may_go() -> None:
    team, held = Team(2), np.zeros(3)
    known = weakref.ref(held)

    def fail(values: Array, member: Member) -> None:
        raise RuntimeError

    gc.disable()
    try:
        with pytest.raises(RuntimeError):
            team.run(fail, held)
        del held
        team.run(_wait)  # the others have let it go, too
        assert known() is None
    finally:
        gc.enable()


def test_threads_end_with_their_team() -> None:
    before = set(threading.enumerate())
    team = Team(3)
    others = set(threading.enumerate()) - before
    values = np.tile(np.arange(7), (2, 1))
    team.run(_pass_on, values, 10)
    assert len(others) == 2
    del team
    assert not any(other.is_alive() for other in others)


def test_python_ends_while_a_team_waits_for_work() -> None:
    """Also when its threads still look for the next kernel."""
    program = """
import atexit
from numba import njit
from core.model.kernels.team import Team, ring, wait

@njit(nogil=True)
def kernel(member):
    ring(member)
    wait(member)

team = Team(3)
atexit.register(team.run, kernel)
for _ in range(100):
    team.run(kernel)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_team_whose_threads_have_ended_says_so() -> None:
    team = Team(2)
    team._end()
    with pytest.raises(RuntimeError, match="have ended"):
        team.run(_wait)


@njit(nogil=True)
def _take_all(counts: Array, rounds: int, member: Member) -> None:
    for round in range(rounds):
        number = take(member)
        while number < counts.shape[2]:
            counts[round, member.number, number] += 1
            number = take(member)
        wait(member)
        begin(member)
        wait(member)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_piece_of_work_is_taken_once(count: int) -> None:
    counts = np.zeros((50, count, 20), np.int64)
    Team(count).run(_take_all, counts, len(counts))
    assert (counts.sum(1) == 1).all()


def test_no_place_for_compiled_code_is_told(tmp_path: Path) -> None:
    shutil.copytree(
        Path(core.model.__file__).parents[1], tmp_path / "core", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "core" / "model" / "kernels" / "__pycache__").write_text("a file, where numba would make a folder")
    environment = os.environ | {"HOME": "/dev/null", "NUMBA_CACHE_DIR": "/dev/null/cache", "PYTHONPATH": ""}
    environment |= {"XDG_CACHE_HOME": "/dev/null", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", "import core.model.kernels"]
    told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120).stderr
    assert "StorageError" in told.splitlines()[-1]
    assert "Set NUMBA_CACHE_DIR to a writable folder" in told

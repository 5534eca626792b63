"""The suite under sustained load: failed requests, memory growth, and whether SIGTERM loses an answer."""

import importlib.util
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from benchmarks.common import memory_mb, skip
from core.lora.adapter import Adapter, write_adapter
from tests.command import R1
from tests.servers import free_port

_USERS = 32
_SECONDS = 600
_WARM_UP = 0.25  # share of the time, after which every kind of request has occurred and the KV cache is full
_LAST = 16  # answers in progress when SIGTERM is sent


def soak(model: str, adapters: list[Adapter]) -> dict[str, Any]:
    """Failed requests, including lost answers, and the growth of memory after warm-up as a share.

    None if this cannot be measured.
    """
    if importlib.util.find_spec("locust") is None:
        skip("soak", "locust is not installed; it comes with the extra named bench")
        return {"soak_errors": None, "rss_drift": None}
    with tempfile.TemporaryDirectory() as folder:
        for adapter in adapters:
            write_adapter(adapter, Path(folder) / adapter.name)
        with _suite(Path(folder)) as (url, process):
            stop, memory = threading.Event(), list[float]()
            watcher = threading.Thread(target=_watch, args=(process.pid, memory, stop))
            watcher.start()
            try:
                wrong = _load(url)
            finally:
                stop.set()
                watcher.join()
            lost = _lost_by_sigterm(url, model, process)
    kept = memory[int(len(memory) * _WARM_UP) :]
    tenth = max(1, len(kept) // 10)
    drift = statistics.median(kept[-tenth:]) / statistics.median(kept[:tenth]) - 1
    return {"soak_errors": wrong + lost, "rss_drift": round(drift, 4)}


@contextmanager
def _suite(adapters: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Runs ``r1 serve``, and yields its URL and process once it is ready."""
    port = free_port()
    environment = {**os.environ, "R1_PORT": str(port), "R1_ADAPTERS": str(adapters), "R1_RATE_LIMIT": "0"}
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([*R1, "serve"], env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with suppress(httpx.TransportError):
                if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                    break
            time.sleep(0.2)
        yield url, process
    finally:
        process.kill()
        process.wait()


def _watch(pid: int, memory: list[float], stop: threading.Event) -> None:
    while not stop.wait(1):
        memory.append(memory_mb("VmRSS", pid))


def _load(url: str) -> int:
    """Total failures of all users."""
    users = Path(__file__).with_name("soak_users.py")
    options = ["--headless", "--json", "--users", str(_USERS), "--spawn-rate", "4", "--run-time", f"{_SECONDS}s"]
    command = [sys.executable, "-m", "locust", "-f", str(users), *options, "--stop-timeout", "60", "--host", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    kinds = json.loads(done.stdout)
    for kind in kinds:
        print(f"  {kind['name']}: {kind['num_requests']} requests, {kind['num_failures']} wrong")
    wrong = sum(int(kind["num_failures"]) for kind in kinds)
    if wrong:
        print(done.stderr[-3000:])
    return wrong


def _lost_by_sigterm(url: str, model: str, process: "subprocess.Popen[bytes]") -> int:
    """How many accepted answers SIGTERM cuts short."""
    begun = threading.Barrier(_LAST + 1)

    def ask(number: int) -> bool:
        message = [{"role": "user", "content": f"Tell me a story about {number} birds."}]
        body = {"model": model, "messages": message, "max_tokens": 48, "stream": True}
        last = ""
        with httpx.stream("POST", f"{url}/v1/chat/completions", json=body, timeout=60) as answer:
            for at, line in enumerate(answer.iter_lines()):
                if at == 0:
                    begun.wait(60)
                last = line or last
        return last == "data: [DONE]"

    with ThreadPoolExecutor(_LAST) as pool:
        answers = [pool.submit(ask, number) for number in range(_LAST)]
        begun.wait(60)
        process.send_signal(signal.SIGTERM)
        whole = [answer.exception() is None and answer.result() for answer in answers]
    print(f"  SIGTERM while {_LAST} answers are written: {whole.count(False)} lost")
    return whole.count(False)

"""One address leaves room for the others, and for its own neighbours."""

import asyncio
from itertools import count

import pytest
from starlette.datastructures import Address

from apps.support.limits import Limits


def client(host: str) -> Address:
    return Address(host, 1)


def test_an_address_may_send_600_messages_however_many_conversations_it_has() -> None:
    limits, ids = Limits(), count()
    assert not any(limits.message(str(next(ids)), client("192.0.2.1")) for _ in range(600))
    assert 0 < limits.message(str(next(ids)), client("192.0.2.1")) <= 60
    assert not limits.message(str(next(ids)), client("192.0.2.2"))
    assert not limits.message(str(next(ids)), None)


def test_what_a_conversation_is_refused_does_not_count_for_its_address() -> None:
    limits = Limits()
    for _ in range(2_000):
        limits.message("one", client("192.0.2.1"))
    assert not limits.message("another", client("192.0.2.1"))


@pytest.mark.parametrize("host", ["198.51.100.1", "2001:db8::1", ""])
def test_when_all_conversations_are_taken_who_began_none_may_begin_one(host: str) -> None:
    limits = Limits()
    for number in range(11):
        for _ in range(120):
            limits.start(client(f"192.0.2.{number}"))
    assert not limits.start(client(host))
    assert limits.start(client(host)) > 0, "only the first is free"


def test_also_first_conversations_have_a_limit() -> None:
    limits = Limits()
    begun = [limits.start(client(f"2001:db8:0:{number:x}::1")) for number in range(1_300)]
    assert (begun[:1_200], all(begun[1_200:])) == ([0.0] * 1_200, True)


@pytest.mark.parametrize(("other", "waits"), [("192.0.2.1", True), ("192.0.2.2", False)])
def test_of_one_address_four_are_worked_on_and_the_next_waits_for_its_turn(other: str, waits: bool) -> None:
    async def main() -> None:
        limits, free, running = Limits(), asyncio.Event(), asyncio.Semaphore(0)

        async def work(host: str) -> None:
            async with limits.turn(client(host)):
                running.release()
                await free.wait()

        tasks = [asyncio.create_task(work("192.0.2.1")) for _ in range(4)]
        for _ in tasks:
            await running.acquire()
        tasks.append(asyncio.create_task(work(other)))
        for _ in range(10):
            await asyncio.sleep(0)
        assert running.locked() == waits
        free.set()
        await asyncio.gather(*tasks)
        assert not limits._turns, "who has been here is remembered for ever"

    asyncio.run(main())

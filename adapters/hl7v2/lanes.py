"""Keeps messages in order: those that share a lane, an identifier of a patient, are processed one by one."""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Exists, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from .inbox_tables import LaneRow, MessageRow, State
from .message import Message
from .to_fhir.datatypes import cx, sender_system
from .to_fhir.patient_systems import PatientSystems, external_system

_MOST_LANES = 16  # of one message


def lanes_of(message: Message, systems: PatientSystems) -> Sequence[str]:
    """The lanes of a message: each identifier of its patients, both of them in a merge; or else its sender."""
    found: dict[str, None] = {}
    own = sender_system(message.header)
    for name, numbers in (("PID", (3, 2, 4)), ("MRG", (1,))):
        for segment in message.all(name):
            for number in numbers:
                unnamed = external_system(own) if number in (2, 4) else own
                for value in segment.repetitions(number):
                    if known := cx(value):  # as in the Patient; another authority means another patient
                        found[f"{systems.named(known, unnamed)['system']}|{known['value']}"] = None
    return list(found)[:_MOST_LANES] or [f"sender|{message.sender}"]


def is_blocked() -> Exists:
    """Whether a message comes after another one in its lane that is still open."""
    mine, other = aliased(LaneRow), aliased(LaneRow)
    return exists().where(
        mine.message_id == MessageRow.id,
        other.lane == mine.lane,
        other.open.is_(True),
        other.message_id < MessageRow.id,
    )


def first_before(number: int) -> Select[Any]:
    """The number of the first message that has to be done before this one."""
    mine, other = aliased(LaneRow), aliased(LaneRow)
    return (
        select(func.min(other.message_id))
        .join(mine, mine.lane == other.lane)
        .where(mine.message_id == number, mine.open.is_(True), other.open.is_(True), other.message_id < number)
    )


def later_done(number: int) -> Select[Any]:
    """The number of the first later message that shares a lane with this one and is done, or being delivered."""
    mine, other = aliased(LaneRow), aliased(LaneRow)
    worked_on = and_(MessageRow.state == State.WAITING, MessageRow.leased_until > time.time())
    return (
        select(func.min(other.message_id))
        .join(mine, mine.lane == other.lane)
        .join(MessageRow, MessageRow.id == other.message_id)
        .where(
            mine.message_id == number,
            other.message_id > number,
            or_(MessageRow.state == State.DONE, worked_on),
        )
    )

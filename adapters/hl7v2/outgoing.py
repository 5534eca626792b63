"""HL7 v2 messages that are sent, and the structure of those that were received; both by hl7apy.

hl7apy is slow (20 ms a message and more) and strict, so it stands beside the way of received messages, not in it.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message as Hl7apyMessage
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message
from hl7apy.validation import Validator

from core.errors import Hl7Error

from .message import Encoding, Message

_VERSION = "2.5.1"


@dataclass(frozen=True, slots=True)
class OutgoingResult:
    """A result to be sent as ORU^R01. Nothing of it is sent before a clinician has approved it.

    Attributes:
        sender: application and facility that send.
        receiver: application and facility that receive.
        patient: identifier and assigning authority.
        family: of the patient's name.
        given: of the patient's name.
        order: our number of it, ORC-3 and OBR-3.
        code: LOINC code and its display of what is reported.
        lines: text of the report, one OBX each.
    """

    sender: tuple[str, str]
    receiver: tuple[str, str]
    patient: tuple[str, str]
    family: str
    given: str
    order: str
    code: tuple[str, str]
    lines: tuple[str, ...]


def oru(result: OutgoingResult) -> bytes:
    """An ORU^R01 of version 2.5.1 in UTF-8, valid by hl7apy.

    Raises:
        Hl7Error: a part of it does not fit into the message.
    """
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S+0000")
    esc = Encoding().escaped
    try:
        message = Hl7apyMessage("ORU_R01", version=_VERSION)
        header = message.msh
        header.msh_3, header.msh_4 = map(esc, result.sender)
        header.msh_5, header.msh_6 = map(esc, result.receiver)
        header.msh_7 = now
        header.msh_9 = "ORU^R01^ORU_R01"
        header.msh_10 = secrets.token_hex(10)
        header.msh_11 = "P"
        header.msh_18 = "UNICODE UTF-8"
        group = message.add_group("oru_r01_patient_result")
        pid = group.add_group("oru_r01_patient").add_segment("pid")
        pid.pid_3 = f"{esc(result.patient[0])}^^^{esc(result.patient[1])}"
        pid.pid_5 = f"{esc(result.family)}^{esc(result.given)}"
        order = group.add_group("oru_r01_order_observation")
        obr = order.add_segment("obr")
        code = f"{esc(result.code[0])}^{esc(result.code[1])}^LN"
        obr.obr_1, obr.obr_3, obr.obr_4 = "1", esc(result.order), code
        obr.obr_7, obr.obr_22, obr.obr_25 = now, now, "F"
        for number, line in enumerate(result.lines, start=1):
            obx = order.add_group("oru_r01_observation").add_segment("obx")
            obx.obx_1, obx.obx_2, obx.obx_3 = str(number), "ST", code
            obx.obx_4, obx.obx_5, obx.obx_11 = str(number), esc(line), "F"
        Validator.validate(message)
        return str(message.to_er7(trailing_children=False)).encode()
    except HL7apyException as error:
        raise Hl7Error(f"The result does not fit into ORU^R01 ({type(error).__name__})", hint="Shorten it") from None


def structure_problems(message: Message) -> list[str]:
    """What hl7apy finds wrong with the structure of a message: kinds of faults and names of places, never values.

    Many messages of real senders have faults, so none is refused for them.
    """
    text = "\r".join(segment.raw for segment in message.segments)
    try:
        parsed = parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True)
        Validator.validate(parsed)
    except HL7apyException as error:
        places = re.findall(r"\b[A-Z][A-Z0-9]{1,2}(?:_[A-Z0-9]+)+\b", str(error))
        return [" ".join([type(error).__name__, *dict.fromkeys(places)])]
    except Exception as error:  # hl7apy fails on some messages in ways of its own
        return [f"not understood by hl7apy ({type(error).__name__})"]
    return []

"""HL7 v2 messages that are sent, and the structure of those that were received; both by hl7apy.

hl7apy is slow (20 ms a message and more) and strict, so it stands beside the way of received messages, not in it.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message as Hl7apyMessage
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message
from hl7apy.validation import Validator

from adapters.fhir.audit import Access, Action, Outcome
from adapters.fhir.client import FhirClient
from adapters.fhir.drafts import Clinician, Draft
from adapters.fhir.elements import Json, codes, inner, objects, string
from adapters.fhir.writeback import confirm
from core.errors import Hl7Error, InputError

from .message import Encoding, Message, parse
from .mllp import MllpClient

_VERSION = "2.5.1"


@dataclass(frozen=True, slots=True)
class OutgoingResult:
    """A result to be sent as ORU^R01. Nothing of it is sent but by :func:`send_approved`.

    Attributes:
        sender: application and facility that send.
        receiver: application and facility that receive.
        control_id: MSH-10; the same when the same result is sent again.
        patient: identifier and assigning authority.
        family: of the patient's name.
        given: of the patient's name.
        order: our number of it, ORC-3 and OBR-3.
        code: LOINC code and its display of what is reported.
        lines: text of the report, one OBX each.
        interpreter: id and name of the clinician who answers for it, OBR-32.
    """

    sender: tuple[str, str]
    receiver: tuple[str, str]
    control_id: str
    patient: tuple[str, str]
    family: str
    given: str
    order: str
    code: tuple[str, str]
    lines: tuple[str, ...]
    interpreter: tuple[str, str]


async def send_approved(
    client: FhirClient,
    receiver: MllpClient,
    draft: Draft,
    clinician: Clinician,
    *,
    digest: str,
    sender: tuple[str, str],
    to: tuple[str, str],
) -> None:
    """Sends the summary of a draft that a clinician approves, by the same checks as what goes into the record.

    Sent again after a failure it has the same control id and the same number, by which the receiver knows it.

    Args:
        client: with the clinician's own token.
        receiver: a connection to whom it is sent to.
        digest: ``Draft.digest`` of what the clinician saw.
        sender, to: application and facility.

    Raises:
        ApprovalError: the approval is not for this draft, this patient or this state of the record. Nothing is sent.
        AuditError: it could not be recorded; before the sending nothing is sent.
        FhirServerError: the record could not be read again. Nothing is sent.
        Hl7Error: it does not fit into a message, or the receiver did not say that it has accepted it.
    """
    record = await confirm(client, draft, clinician, digest=digest)
    message = oru(_result(record.patient, draft, clinician, sender, to))
    access = Access(Action.CREATE, draft.patient, ("DiagnosticReport",), note="HL7 v2 ORU^R01")
    await client.log.record(replace(access, stage="requested"))
    try:
        answer = parse(await receiver.send(message)).first("MSA")
        accepted = answer is not None and answer.text(1) in ("AA", "CA") and answer.text(2) == _control_id(draft)
    except (OSError, EOFError, TimeoutError, InputError):
        accepted = False
    if not accepted:
        await client.log.record(replace(access, outcome=Outcome.FAILURE))
        raise Hl7Error("The receiver did not say that it has accepted the result", hint="Look there, and send it again")
    await client.log.record(access)


def _control_id(draft: Draft) -> str:
    return draft.id.replace("-", "")[:20]  # 20 characters are the most before version 2.7


def _result(
    patient: Json, draft: Draft, clinician: Clinician, sender: tuple[str, str], to: tuple[str, str]
) -> OutgoingResult:
    numbers = [
        identifier
        for identifier in objects(patient.get("identifier"))
        if "MR" in codes(identifier.get("type")) and string(identifier.get("use")) != "old"
    ]
    if not numbers:
        raise Hl7Error("The patient has no record number that a result could be sent with", hint="Look into the record")
    assigner = string(inner(numbers[0].get("assigner")).get("display")) or string(numbers[0].get("system"))
    name = next((n for n in objects(patient.get("name")) if string(n.get("use")) != "old"), {})
    given = name.get("given")
    considered = [f"To consider: {disease.label}" for disease in draft.considered]
    return OutgoingResult(
        sender=sender,
        receiver=to,
        control_id=_control_id(draft),
        patient=(string(numbers[0].get("value")), assigner),
        family=string(name.get("family")),
        given=string(given[0]) if isinstance(given, list) and given else "",
        order=draft.id,
        code=("51848-0", "Assessment"),
        lines=(*filter(None, draft.summary.splitlines()), *considered, f"{draft.knowledge}. No diagnosis."),
        interpreter=(clinician.reference.partition("/")[2], clinician.name),
    )


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
        header.msh_10 = esc(result.control_id)
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
        obr.obr_32 = "&".join(map(esc, result.interpreter))
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

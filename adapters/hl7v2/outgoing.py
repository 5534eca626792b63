"""Builds results as HL7 v2 messages, with hl7apy, and sends them once a clinician has approved them."""

import ssl
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from hl7apy.core import Message as Hl7apyMessage
from hl7apy.exceptions import HL7apyException
from hl7apy.validation import Validator

from adapters.fhir.audit import Access, Action, recorded
from adapters.fhir.client import FhirClient
from adapters.fhir.demographics import names_of, record_identifier
from adapters.fhir.drafts import Clinician, Draft
from adapters.fhir.elements import Json, inner, string
from adapters.fhir.writeback import confirm
from core.errors import Hl7Error, InputError

from .message import Encoding, parse
from .mllp import connect
from .to_fhir.datatypes import LOCAL_AUTHORITY

_VERSION = "2.5.1"


@dataclass(frozen=True, slots=True)
class OutgoingResult:
    """A result to be sent as ORU^R01, only through :func:`send_approved`.

    Attributes:
        sender: application and facility that send.
        receiver: application and facility that receive.
        control_id: MSH-10; the same if the same result is sent again.
        number: the patient's number at the hospital.
        authority: who assigned it: a local name, a universal id and its type; each empty if unknown.
        family: the patient's family name, or the whole name if it is not split.
        given: the patient's given names.
        order: our number for it, OBR-3.
        code: LOINC code of what is reported, and its display.
        lines: text of the report, one OBX each.
        interpreter: id and name of the clinician who is responsible for it, OBR-32.
        made_at: in UTC; used for all times in the message, so that it is the same bytes if sent again.
    """

    sender: tuple[str, str]
    receiver: tuple[str, str]
    control_id: str
    number: str
    authority: tuple[str, str, str]
    family: str
    given: tuple[str, ...]
    order: str
    code: tuple[str, str]
    lines: tuple[str, ...]
    interpreter: tuple[str, str]
    made_at: datetime

    @property
    def patient(self) -> str:
        """The patient's name, as in the message."""
        return " ".join(filter(None, (*self.given, self.family)))


@dataclass(frozen=True, slots=True)
class ResultReceiver:
    """Another system that takes approved results, through :func:`send_approved` only.

    Attributes:
        host, port: where it listens for MLLP.
        sender, receiver: application and facility in the messages, ours and those of the receiver.
        tls: see :func:`~adapters.hl7v2.tls.client_tls`; None without TLS.
    """

    host: str
    port: int
    sender: tuple[str, str]
    receiver: tuple[str, str]
    tls: ssl.SSLContext | None = None

    @property
    def title(self) -> str:
        """Its name on a page."""
        return " ".join([*filter(None, self.receiver), f"({self.host}:{self.port})"])

    def result(self, patient: Json, draft: Draft, clinician: Clinician) -> OutgoingResult:
        """What would be sent, for the clinician to review.

        Raises:
            Hl7Error: the patient has no record number.
        """
        identifier = record_identifier(patient)
        if not identifier:
            raise Hl7Error("The patient has no record number that a result could be sent with", hint="Check the record")
        name = next(iter(names_of(patient)), {})
        given = name.get("given")
        considered = [draft.wording.consider.format(disease.label) for disease in draft.considered]
        closing = draft.wording.closing.format(draft.knowledge)
        return OutgoingResult(
            sender=self.sender,
            receiver=self.receiver,
            control_id=_control_id(draft),
            number=string(identifier.get("value")),
            authority=_authority(identifier),
            family=string(name.get("family")) or string(name.get("text")),
            given=tuple(filter(None, map(string, given if isinstance(given, list) else []))),
            order=draft.id,
            code=("51848-0", "Assessment"),
            lines=(*filter(None, draft.summary.splitlines()), *considered, closing),
            interpreter=(clinician.reference.partition("/")[2], clinician.name),
            made_at=draft.made_at,
        )


async def send_approved(
    client: FhirClient, receiver: ResultReceiver, draft: Draft, clinician: Clinician, *, digest: str
) -> None:
    """Sends the summary of a draft that a clinician approves, after the same checks as for a write to the record.

    If sent again after a failure, the message has the same bytes, and the receiver recognises it by its control id.

    Args:
        client: with the clinician's own token.
        digest: ``Draft.digest`` of what the clinician saw.

    Raises:
        ApprovalError: the approval is not for this draft, this patient or this state of the record. Nothing is sent.
        AuditError: it could not be recorded; if that was before sending, nothing is sent.
        FhirServerError: the record could not be read again. Nothing is sent.
        Hl7Error: it does not fit into a message, or the receiver did not say that it has accepted it.
    """
    record = await confirm(client, draft, clinician, digest=digest)
    message = oru(receiver.result(record.patient, draft, clinician))
    access = Access(Action.CREATE, draft.patient, ("DiagnosticReport",), note="HL7 v2 ORU^R01")
    async with recorded(client.log.record, access):
        await _delivered(receiver, message, _control_id(draft))


async def _delivered(receiver: ResultReceiver, message: bytes, control_id: str) -> None:
    """Sends a message over a new connection.

    Raises:
        Hl7Error: nobody listens, or the receiver did not say that it has accepted it.
    """
    try:
        connection = await connect(receiver.host, receiver.port, tls=receiver.tls)
    except ssl.SSLError as error:
        said = getattr(error, "verify_message", "") or error.reason or type(error).__name__
        raise Hl7Error(
            f"TLS with the receiver failed ({said}), so nothing was sent",
            hint="Check R1_RESULT_AUTHORITIES, and the name in R1_RESULT_URL",
        ) from None
    except (OSError, TimeoutError):
        raise Hl7Error("The receiver cannot be reached, so nothing was sent", hint="Send it again later") from None
    try:
        answer = parse(await connection.send(message)).first("MSA")
        accepted = answer is not None and answer.text(1) in ("AA", "CA") and answer.text(2) == control_id
    except (OSError, EOFError, TimeoutError, InputError):
        accepted = False
    finally:
        await connection.close()
    if not accepted:
        raise Hl7Error(
            "The receiver did not say that it has accepted the result", hint="Check there, and send it again"
        )


def _control_id(draft: Draft) -> str:
    return draft.id.replace("-", "")[:20]  # 20 characters are the limit before version 2.7


def _authority(identifier: Json) -> tuple[str, str, str]:
    """Who assigned an identifier, as an HD of HL7 v2: the inverse of :func:`.to_fhir.datatypes.authority`."""
    name, system = string(inner(identifier.get("assigner")).get("display")), string(identifier.get("system"))
    for start, kind in (("urn:oid:", "ISO"), ("urn:uuid:", "UUID")):
        if system.startswith(start):
            return name, system.removeprefix(start), kind
    if system.startswith(LOCAL_AUTHORITY):
        return name or unquote(system.removeprefix(LOCAL_AUTHORITY)), "", ""
    return name, system, "URI" if system else ""


def oru(result: OutgoingResult) -> bytes:
    """An ORU^R01 of version 2.5.1 in UTF-8, valid by hl7apy.

    Raises:
        Hl7Error: a part of it does not fit into the message.
    """
    made = result.made_at.strftime("%Y%m%d%H%M%S+0000")
    esc = Encoding().escaped
    try:
        message = Hl7apyMessage("ORU_R01", version=_VERSION)
        header = message.msh
        header.msh_3, header.msh_4 = map(esc, result.sender)
        header.msh_5, header.msh_6 = map(esc, result.receiver)
        header.msh_7 = made
        header.msh_9 = "ORU^R01^ORU_R01"
        header.msh_10 = esc(result.control_id)
        header.msh_11 = "P"
        header.msh_18 = "UNICODE UTF-8"
        group = message.add_group("oru_r01_patient_result")
        pid = group.add_group("oru_r01_patient").add_segment("pid")
        pid.pid_3 = f"{esc(result.number)}^^^{'&'.join(map(esc, result.authority)).rstrip('&')}^MR"
        names = result.family, *result.given[:1], " ".join(result.given[1:])
        pid.pid_5 = "^".join(map(esc, names)).rstrip("^")
        order = group.add_group("oru_r01_order_observation")
        obr = order.add_segment("obr")
        code = f"{esc(result.code[0])}^{esc(result.code[1])}^LN"
        obr.obr_1, obr.obr_3, obr.obr_4 = "1", esc(result.order), code
        obr.obr_7, obr.obr_22, obr.obr_25 = made, made, "F"
        obr.obr_32 = "&".join(map(esc, result.interpreter))
        for number, line in enumerate(result.lines, start=1):
            obx = order.add_group("oru_r01_observation").add_segment("obx")
            obx.obx_1, obx.obx_2, obx.obx_3 = str(number), "TX", code
            obx.obx_4, obx.obx_5, obx.obx_11 = str(number), esc(line), "F"
        Validator.validate(message)
        return str(message.to_er7(trailing_children=False)).encode()
    except HL7apyException as error:
        raise Hl7Error(f"The result does not fit into ORU^R01 ({type(error).__name__})", hint="Shorten it") from None

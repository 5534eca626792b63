"""Who read or wrote which patient's record: IHE BALP AuditEvents in a chain that shows every later change.

The events follow https://profiles.ihe.net/ITI/BALP/ (RESTful interactions, the patient as an entity). Patients and
resources appear in them as pseudonyms, HMAC-SHA256 of their reference under a key of the site, so the trail reveals
nothing about patients without the key. The seal of each event covers the seal of the one before.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine, String, Text, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from core.errors import AuditError, FhirServerError, SettingsError

from .elements import THO, Json

MIN_KEY_BYTES = 32
_PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."


class Action(StrEnum):
    """RESTful interactions, https://hl7.org/fhir/R4/valueset-type-restful-interaction.html."""

    READ = "read"
    SEARCH = "search"
    CREATE = "create"
    UPDATE = "update"
    EXPORT = "operation"


# AuditEvent.action and the name of the profile
_AS_BALP = {
    Action.READ: ("R", "Read"),
    Action.SEARCH: ("E", "Query"),
    Action.CREATE: ("C", "Create"),
    Action.UPDATE: ("U", "Update"),
    Action.EXPORT: ("E", "Query"),
}


class Outcome(StrEnum):
    """https://hl7.org/fhir/R4/valueset-audit-event-outcome.html"""

    SUCCESS = "0"
    FAILURE = "8"


@dataclass(frozen=True, slots=True)
class Access:
    """One access to a patient's data.

    Attributes:
        patient: ``Patient/id``; empty if it concerns more than one, as an export does.
        resources: ``Type/id`` of what was touched, or ``Type`` for a search.
        stage: ``requested`` before a write, since a write cannot be undone if the trail fails after it.
        status: HTTP status of a failure, 0 if there was none.
        note: additional text, without anything about the patient.
    """

    action: Action
    patient: str
    resources: tuple[str, ...] = ()
    outcome: Outcome = Outcome.SUCCESS
    stage: str = ""
    status: int = 0
    note: str = ""


class _Base(DeclarativeBase):
    pass


class _EventRow(_Base):
    __tablename__ = "audit_event"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    patient: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(Text)
    seal: Mapped[str] = mapped_column(String(64))


class _HeadRow(_Base):
    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))


_HEAD = select(_HeadRow.count, _HeadRow.seal).where(_HeadRow.id == 1)


@dataclass(frozen=True, slots=True)
class Verified:
    """An intact trail: the number of its events, and the seal of the last one."""

    events: int
    head: str


class AuditTrail:
    """The chain of events in the database. Safe for several threads and processes.

    Args:
        database: with the suite's schema.
        key: at least 32 bytes, the same for every process that shares the database.

    Raises:
        SettingsError: the key is too short.
    """

    def __init__(self, database: Engine, key: bytes) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise SettingsError(f"The audit key has fewer than {MIN_KEY_BYTES} bytes", hint="Set a longer R1_AUDIT_KEY")
        self._database = database
        self._pseudonym_key, self._seal_key = (_derived(key, use) for use in (b"pseudonym", b"seal"))

    def pseudonym(self, reference: str) -> str:
        """The name of ``Type/id`` in the trail, 32 hexadecimal digits; empty for an empty reference."""
        if not reference:
            return ""
        return hmac.new(self._pseudonym_key, reference.encode(), hashlib.sha256).hexdigest()[:32]

    def user(self, name: str) -> "UserLog":
        """The trail as the log of one user: an account, ``Practitioner/id``, or the name of a system process."""
        return UserLog(self, name)

    def append(self, access: Access, *, user: str) -> int:
        """Adds an event and returns its number, from 1; it is on disk when this returns.

        Raises:
            AuditError: the database cannot store it.
        """
        event = _canonical(self._event(access, user))
        try:
            with Session(self._database) as session, session.begin():
                # The first statement takes the row's lock, which serialises appends.
                session.execute(update(_HeadRow).where(_HeadRow.id == 1).values(count=_HeadRow.count + 1))
                head = session.execute(select(_HeadRow).where(_HeadRow.id == 1)).scalar_one()
                seal = self._seal(head.count, head.seal, event)
                patient = self.pseudonym(access.patient)
                session.add(_EventRow(number=head.count, patient=patient, event=event, seal=seal))
                head.seal = seal
                return head.count
        except SQLAlchemyError as error:
            raise AuditError(
                f"The audit trail cannot be written ({type(error).__name__}); nothing is read or written "
                "without its record of the request",
                hint="Check the database: disk space, permissions, R1_DATABASE_URL",
            ) from None

    def verify(self, noted: str = "") -> Verified:
        """Checks every event and their order.

        Args:
            noted: a seal noted earlier that must be in the trail. Only this reveals that the whole trail was restored
                to an older state, or emptied.

        Raises:
            AuditError: an event was changed, moved, added or removed; the message has the number of the first.
        """
        seal, count, seen = "", 0, not noted
        with _reading(self._database) as session:
            # Others may append meanwhile: the trail must agree with its current head, and what follows be genuine.
            before = session.execute(_HEAD).one()
            agrees = before == (count, seal)
            rows = select(_EventRow).order_by(_EventRow.number).execution_options(yield_per=1000)
            for row in session.scalars(rows):
                count += 1
                expected = self._seal(count, seal, row.event)
                genuine = hmac.compare_digest(row.seal, expected) and row.patient == _patient_in(row.event)
                if row.number != count or not genuine:
                    raise _tampered(count, "is missing" if row.number != count else "was changed or moved")
                seal = row.seal
                seen = seen or seal == noted
                agrees = agrees or before == (count, seal)
            most, _ = session.execute(_HEAD).one()
        if not agrees or count > most:
            raise _tampered(count + 1, "is missing")
        if not seen:
            raise AuditError("The noted seal is not in the audit trail", hint="The trail was replaced or cut off")
        return Verified(count, seal)

    def events(self, patient: str = "", limit: int = 1000) -> list[Json]:
        """The newest ``limit`` events, newest first; with ``Patient/id`` only that patient's.

        Raises:
            AuditError: the trail cannot be read.
        """
        query = select(_EventRow).order_by(_EventRow.number.desc()).limit(limit)
        if patient:
            query = query.where(_EventRow.patient == self.pseudonym(patient))
        with _reading(self._database) as session:
            return [json.loads(row.event) for row in session.scalars(query)]

    def _seal(self, number: int, before: str, event: str) -> str:
        return hmac.new(self._seal_key, f"{number}\n{before}\n{event}".encode(), hashlib.sha256).hexdigest()

    def _event(self, access: Access, user: str) -> Json:
        """The access as an AuditEvent: https://profiles.ihe.net/ITI/BALP/content.html."""
        action, profile = _AS_BALP[access.action]
        said = " ".join(filter(None, (access.note, access.stage, f"HTTP {access.status}" if access.status else "")))
        event: Json = {
            "resourceType": "AuditEvent",
            "id": str(uuid.uuid4()),
            "meta": {"profile": [f"{_PROFILES}{'Patient' if access.patient else ''}{profile}"]},
            "type": _coding("audit-event-type", "rest"),
            "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": access.action.value}],
            "action": action,
            "recorded": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "outcome": access.outcome.value,
            "agent": [
                {
                    "type": {"coding": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110153"}]},
                    "who": {"display": "R1 Suite"},
                    "requestor": False,
                },
                {
                    "type": {"coding": [_coding("v3-ParticipationType", "IRCP")]},
                    "who": {"identifier": {"value": user}},
                    "requestor": True,
                },
            ],
            "source": {"observer": {"display": "R1 Suite"}, "type": [_coding("security-source-type", "4")]},
            "entity": [self._entity(reference) for reference in access.resources],
        }
        if access.patient:
            person = {"type": _coding("audit-entity-type", "1"), "role": _coding("object-role", "1")}
            event["entity"].insert(0, {"what": self._what(access.patient), **person})
        if said:
            event["outcomeDesc"] = said
        if not event["entity"]:
            del event["entity"]
        return event

    def _entity(self, reference: str) -> Json:
        kind = {"type": _coding("audit-entity-type", "2"), "role": _coding("object-role", "4")}
        return {"what": self._what(reference) if "/" in reference else {"type": reference}, **kind}

    def _what(self, reference: str) -> Json:
        return {"type": reference.partition("/")[0], "identifier": {"value": self.pseudonym(reference)}}


@dataclass(frozen=True, slots=True)
class UserLog:
    """The trail, for one user. The FHIR client records each access in it before returning anything."""

    trail: AuditTrail
    name: str

    async def record(self, access: Access) -> None:
        """Adds the access without blocking the event loop, even if it is cancelled meanwhile.

        Raises:
            AuditError: the database cannot store it; then the access must not go on.
        """
        adding = asyncio.ensure_future(asyncio.to_thread(self.trail.append, access, user=self.name))
        try:
            await asyncio.shield(adding)
        except asyncio.CancelledError:
            await adding
            raise


@dataclass(slots=True)
class Recording:
    """The access to record if it succeeds; to be replaced once more is known about it."""

    access: Access


@asynccontextmanager
async def recorded(record: Callable[[Access], Awaitable[None]], access: Access) -> AsyncIterator[Recording]:
    """Records the outcome of the block, however it ends, and first, except for reads and searches, the request.

    Args:
        record: adds an access to the trail: :meth:`UserLog.record`.

    Raises:
        AuditError: it could not be recorded: before the block, nothing is done; after it, a change may have been made.
    """
    is_read = access.action in (Action.READ, Action.SEARCH)  # what was read need not be returned
    if not is_read:
        await record(replace(access, stage="requested"))
    recording = Recording(access)
    try:
        yield recording
    except BaseException as error:
        status = error.status if isinstance(error, FhirServerError) else None
        recording.access = replace(access, outcome=Outcome.FAILURE, status=status or 0)
        raise
    finally:
        try:
            await record(recording.access)
        except AuditError as error:
            if is_read:
                raise
            message = f"{error.message}. What was asked for may be done, so look before you ask for it again"
            raise AuditError(message, hint=error.hint, kind="outcome_not_recorded") from error


def has_events(database: Engine) -> bool:
    """Whether anything was recorded, under whatever key.

    Raises:
        AuditError: the trail cannot be read.
    """
    with _reading(database) as session:
        count, _ = session.execute(_HEAD).one()
    return count > 0


@contextmanager
def _reading(database: Engine) -> Iterator[Session]:
    try:
        with Session(database) as session:
            yield session
    except SQLAlchemyError as error:
        raise AuditError(
            f"The audit trail cannot be read ({type(error).__name__})", hint="Check R1_DATABASE_URL"
        ) from None


def site_key(home: Path, configured: str = "", *, may_make: bool = True) -> bytes:
    """The site's key: the configured one, else one that is created once in ``home``, readable by its owner only.

    Args:
        may_make: False if a trail exists, which a new key would silently end, with all its pseudonyms.

    Raises:
        AuditError: it cannot be created or read, or is damaged.
    """
    if configured:
        return configured.encode()
    file = home / "audit.key"
    if not may_make and not file.exists():
        raise AuditError(
            "The key of the audit trail is gone",
            hint="Put audit.key back into R1_HOME from a backup, or set R1_AUDIT_KEY to what it held",
        )
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = home / f"audit.key.{secrets.token_hex(4)}"
        if not file.exists():
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
            try:
                file.hardlink_to(draft)  # fails when another process was first: then its key counts
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        key = file.read_bytes()
    except OSError as error:
        raise AuditError(
            f"The audit key cannot be read or made ({error.strerror})", hint="Check R1_HOME, or set R1_AUDIT_KEY"
        ) from None
    if len(key) < MIN_KEY_BYTES:
        raise AuditError(
            "The file audit.key in R1_HOME is damaged",
            hint="Put it back from a backup, or set R1_AUDIT_KEY to what it held",
        )
    return key


def _derived(key: bytes, use: bytes) -> bytes:
    return hmac.new(key, use, hashlib.sha256).digest()


def _canonical(event: Json) -> str:
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _coding(system: str, code: str) -> Json:
    return {"system": THO + system, "code": code}


def _patient_in(event: str) -> str:
    """The pseudonym of the event's patient; empty if it concerns more than one."""
    entities = json.loads(event).get("entity", ())
    return str(next((e["what"]["identifier"]["value"] for e in entities if e["role"]["code"] == "1"), ""))


def _tampered(number: int, what: str) -> AuditError:
    return AuditError(
        f"Event {number} of the audit trail {what}", hint="Keep the database as it is, and find out who had access"
    )

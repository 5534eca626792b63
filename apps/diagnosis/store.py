"""Stores clinicians' opinions, lists recorded unseen, the outcomes of both, the switch and reported problems.

An opinion holds no text of a record and no free text, only codes, numbers and pseudonyms (those of the audit trail), so
it needs no encryption. A reported problem holds the whole case and is stored sealed.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Engine, delete, select

from core.db import transaction
from core.errors import ApprovalError, InputError, TakenError
from knowledge.medical.case import CaseKind

from .tables import OpinionRow, ReportRow, SwitchRow, WithdrawalRow

Reason = Literal["not_listed", "known", "finding_wrong", "finding_missing", "other"]
"""Why a clinician agrees with none of the listed diseases."""

LISTED = 5
"""Top diseases of a list that are stored with an opinion."""

_MOST_OPINIONS = 5000  # counted on the reviewer's page, and as many unseen lists
_MOST_REPORTS = 1000  # in the list


@dataclass(frozen=True, slots=True)
class Opinion:
    """A clinician's opinion of a list, or a list recorded in silent mode.

    Attributes:
        visit: id of the visit; a later opinion about it replaces the earlier one.
        source: where the case came from; sample patients are never counted.
        patient, clinician: pseudonyms; empty if there is none, or nobody signed in.
        chosen: id of the disease that the clinician considers; empty for a disagreement.
        place: its place in the ranking, from 1; 0 for a disagreement, or without a clinician.
        reason: why, for a disagreement; otherwise empty.
        codes: ids of the first :data:`LISTED` diseases.
        kind: of the case, as in certificates.
        probability: that the first disease is right; None without a certificate, unless silent.
        suggested: it was shown as a suggestion, or would have been.
        certificate: id of the certificate; empty without one.
        versions: of everything that the list depends on.
        draft: id of the draft; empty for a disagreement.
        outcome: place of the disease that turned out right, 0 if it was none of ``codes``; None while open.
        silent: nobody saw the list or decided on it.
    """

    visit: str
    decided_at: datetime
    source: str
    patient: str
    clinician: str
    chosen: str
    place: int
    reason: str
    codes: tuple[str, ...]
    kind: str
    probability: float | None
    suggested: bool
    certificate: str
    versions: dict[str, str]
    draft: str = ""
    written_at: datetime | None = None
    withdrawn_at: datetime | None = None
    outcome: int | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Switched:
    """The switch: off or on, since when and by whom; ``silent`` is off, but lists are recorded."""

    off: bool
    silent: bool
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawn certificate, with the number of its closed suggestions and of right ones among them."""

    certificate: str
    withdrawn_at: datetime
    closed: int
    right: int


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A reported problem, without its content."""

    id: int
    reported_at: datetime
    reporter: str
    patient: str
    bytes: int


def closed_cases(opinions: Iterable[Opinion]) -> list[Opinion]:
    """Opinions with an outcome, one per patient: the newest whose first disease was wrong, otherwise the newest.

    The last reading of a record often contains the answer, so being right there must not hide an earlier error.
    """
    closed = [(opinion.closed_at, opinion) for opinion in opinions if opinion.closed_at and opinion.outcome is not None]
    wrong_last = sorted(closed, key=lambda each: (each[1].outcome != 1, each[0]))
    return list({opinion.patient or opinion.visit: opinion for _, opinion in wrong_last}.values())


class DiagnosisStore:
    """The diagnostic assistant's data in the database.

    Every method raises a StorageError when the database cannot be reached or written.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database

    def decide(self, opinion: Opinion) -> None:
        """Stores an opinion, replacing an earlier one about the same visit.

        Raises:
            ApprovalError: the earlier one is in the patient's record, or its case is closed.
        """
        with transaction(self._database) as session:
            earlier = session.get(OpinionRow, opinion.visit)
            if earlier is not None and earlier.written_at and not earlier.withdrawn_at:
                raise ApprovalError("This visit is in the record already", hint="Withdraw it first")
            if earlier is not None and earlier.outcome is not None and not earlier.silent:
                raise ApprovalError("The case of this visit is closed", hint="Open the patient again")
            session.merge(_row(opinion))

    def record(self, unseen: Opinion) -> None:
        """Stores a list that nobody saw, replacing an earlier one of the visit.

        Does not overwrite a clinician's opinion about the visit, or a closed case.
        """
        with transaction(self._database) as session:
            earlier = session.get(OpinionRow, unseen.visit)
            if earlier is None or (earlier.silent and earlier.outcome is None):
                session.merge(_row(unseen))

    def take_back(self, visit: str) -> None:
        """Deletes the unseen list of a visit whose case is open, since in the end none would have been shown."""
        unseen = delete(OpinionRow).where(OpinionRow.visit == visit, OpinionRow.silent, OpinionRow.outcome.is_(None))
        with transaction(self._database) as session:
            session.execute(unseen)

    def recorded(self, kind: CaseKind) -> list[Opinion]:
        """Every list of real cases of a kind that was recorded in silent mode, oldest first."""
        query = (
            select(OpinionRow)
            .where(OpinionRow.silent, OpinionRow.kind == kind.value, OpinionRow.source != "sample")
            .order_by(OpinionRow.decided_at)
        )
        with transaction(self._database) as session:
            return [_opinion(row) for row in session.scalars(query)]

    def find(self, visit: str) -> Opinion | None:
        """The opinion about a visit."""
        with transaction(self._database) as session:
            row = session.get(OpinionRow, visit)
            return _opinion(row) if row else None

    def written(self, visit: str) -> None:
        """Stores that the draft is in the record; the first time counts."""
        with transaction(self._database) as session:
            row = session.get(OpinionRow, visit)
            if row is not None and row.written_at is None:
                row.written_at = datetime.now(UTC)

    def withdrawn(self, visit: str) -> None:
        """Stores that what was written is marked as entered in error."""
        with transaction(self._database) as session:
            if row := session.get(OpinionRow, visit):
                row.withdrawn_at = datetime.now(UTC)

    def close(self, visit: str, outcome: int, by: str) -> Opinion:
        """Stores which disease turned out right; a later entry replaces an earlier one.

        Raises:
            InputError: there is no such visit, or no such place in its list.
        """
        with transaction(self._database) as session:
            row = session.get(OpinionRow, visit)
            if row is None or not 0 <= outcome <= len(row.codes):
                raise InputError("There is no such opinion, or no such place in its list", hint="Reload the page")
            row.outcome, row.closed_at, row.closed_by = outcome, datetime.now(UTC), by
            return _opinion(row)

    def opinions(self, limit: int = _MOST_OPINIONS) -> list[Opinion]:
        """The newest opinions about real cases, then up to as many unseen lists; each newest first."""
        query = select(OpinionRow).where(OpinionRow.source != "sample").order_by(OpinionRow.decided_at.desc())
        shares = [query.where(OpinionRow.silent.is_(silent)).limit(limit) for silent in (False, True)]
        with transaction(self._database) as session:
            return [_opinion(row) for share in shares for row in session.scalars(share)]

    def closed_suggestions(self, certificate: str, limit: int) -> list[bool]:
        """Whether the first disease was right, for the patients last closed under a certificate, newest first.

        Reading a record again adds no case, and a patient counts as right only if every suggestion was.
        """
        query = (
            select(OpinionRow.patient, OpinionRow.visit, OpinionRow.outcome)
            .where(OpinionRow.certificate == certificate, OpinionRow.suggested, OpinionRow.outcome.is_not(None))
            .where(OpinionRow.source != "sample")
            .order_by(OpinionRow.closed_at.desc())
        )
        right: dict[str, bool] = {}
        with transaction(self._database) as session:
            for patient, visit, outcome in session.execute(query):
                right[patient or visit] = right.get(patient or visit, True) and outcome == 1
        return list(right.values())[:limit]

    def withdraw_certificate(self, certificate: str, closed: int, right: int) -> bool:
        """Withdraws a certificate permanently; False if it already was."""
        row = WithdrawalRow(certificate=certificate, withdrawn_at=datetime.now(UTC), closed=closed, right=right)
        try:
            with transaction(self._database) as session:
                session.add(row)
        except TakenError:
            return False
        return True

    def withdrawals(self) -> list[Withdrawal]:
        """Every withdrawn certificate, newest first."""
        with transaction(self._database) as session:
            rows = session.scalars(select(WithdrawalRow).order_by(WithdrawalRow.withdrawn_at.desc()))
            return [Withdrawal(row.certificate, row.withdrawn_at, row.closed, row.right) for row in rows]

    def switch(self, off: bool, by: str, *, silent: bool = False) -> None:
        """Turns suggestions off or on for every process."""
        row = SwitchRow(id=1, off=off, silent=silent, changed_at=datetime.now(UTC), changed_by=by[:80])
        with transaction(self._database) as session:
            session.merge(row)

    def switched(self) -> Switched | None:
        """The switch; None if nobody ever used it, which means on."""
        with transaction(self._database) as session:
            row = session.get(SwitchRow, 1)
            return Switched(row.off, row.silent, row.changed_at, row.changed_by) if row else None

    def report(self, name: str, sealed: bytes, *, reporter: str, patient: str) -> int:
        """Stores a reported problem; returns its number."""
        with transaction(self._database) as session:
            row = ReportRow(reported_at=datetime.now(UTC), reporter=reporter, patient=patient, name=name, sealed=sealed)
            session.add(row)
            session.flush()
            return row.id

    def reports(self) -> list[StoredReport]:
        """Reported problems, newest first."""
        with transaction(self._database) as session:
            rows = session.scalars(select(ReportRow).order_by(ReportRow.id.desc()).limit(_MOST_REPORTS))
            return [StoredReport(r.id, r.reported_at, r.reporter, r.patient, len(r.sealed)) for r in rows]

    def sealed_report(self, number: int) -> tuple[str, bytes]:
        """Name and sealed content of a reported problem.

        Raises:
            InputError: there is none with this number.
        """
        with transaction(self._database) as session:
            row = session.get(ReportRow, number)
            if row is None:
                raise InputError("There is no report with this number", hint="See: r1 diagnosis reports list")
            return row.name, row.sealed


def _row(opinion: Opinion) -> OpinionRow:
    return OpinionRow(**{**asdict(opinion), "codes": list(opinion.codes)})


def _opinion(row: OpinionRow) -> Opinion:
    fields = {name: getattr(row, name) for name in Opinion.__dataclass_fields__}
    return Opinion(**{**fields, "codes": tuple(row.codes)})

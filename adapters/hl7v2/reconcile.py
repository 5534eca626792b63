"""Fits a message to what the server has: whose it is, what stays, what is newer there, what is withdrawn."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.fhir.client import FhirClient
from adapters.fhir.elements import (
    Json,
    codes,
    inner,
    is_id,
    named_by,
    objects,
    source_of,
    string,
    without_server,
    wording,
)
from adapters.fhir.merges import is_out_of_use, merged_into, replaced_by
from core.errors import Hl7Error

from .identify import ByNumber, Group, any_of_several, is_moved, one_of_several, own_or_other
from .merging import Merged, not_merged_now, settle
from .overlay import has_number, in_place_of, is_other_visit, is_partial, match_patient, overlaid, patients_with
from .precedence import is_of_same_time, is_outdated
from .searches import Searches, in_portions
from .to_fhir import STATUS_EVENTS, Conversion, Entry, Withdrawal
from .to_fhir.bundle import BY_KEY, KEY_SYSTEM, OF_ORDERS, VERSIONED, token

_OF_A_MERGE = ("resourceType", "identifier", "active", "link")
_SOUGHT_AT_ONCE = (*OF_ORDERS, *BY_KEY)
# A late message still adds diagnoses, what an order was for, or the text of a document of which only the status came.
_ADDED_TO = ("DocumentReference", "Encounter", "ServiceRequest")
_CALLED_OFF = ("cancelled", "entered-in-error")  # visits


@dataclass(slots=True)
class Reconciled:
    """A transaction that fits the server.

    Attributes:
        entries: of the transaction.
        patients: ``Patient/id`` of those that the server has, the message's own first.
        outdated: by type, how many resources the server has in a newer version, which stays.
        moved: how many corrections replace a result of another time.
        merges: how many merges are older than an opposite one, which stays.
    """

    entries: list[Json]
    patients: list[str] = field(default_factory=list)
    outdated: Counter[str] = field(default_factory=Counter)
    moved: int = 0
    merges: int = 0

    @property
    def patient(self) -> str:
        """The message's own patient; empty if the server has none."""
        return self.patients[0] if self.patients else ""


async def reconcile(conversion: Conversion, client: FhirClient) -> Reconciled:
    """Finds patients by any of their numbers, and overlays the server's resources with partial ones.

    The version read is sent as If-Match, so that nobody's change in between is lost.

    Raises:
        Hl7Error: it is unclear which of the server's patients or of several results is meant, which of two merges
            holds, or the visit is another patient's on the server.
        FhirServerError: the server does not answer.
        AuditError: an access could not be recorded.
    """
    searches = Searches(client)
    own = _Reconciler(conversion, searches)
    await own.run()
    # The server may have filed it under another number of the patient, but all of one message under the same one.
    under = [conversion.under(number) for number in own.other_numbers()]
    others = [_Reconciler(other, searches, is_under_another=True) for other in under]
    await searches.look_up((number for other in others for number in other.sought()), patient=own.done.patient)
    for other in others:
        await other.run()
    return max((own, *others), key=_keys_met).done


class _Reconciler:
    """Looks for each part of a message on the server.

    Args:
        conversion: of the message.
        searches: for the message.
        is_under_another: whether its keys are made from a number other than the message's first.

    Attributes:
        done: what becomes of the message.
        met: ``Type/id`` of the resources found on the server, by ``urn:uuid``.
    """

    def __init__(self, conversion: Conversion, searches: Searches, *, is_under_another: bool = False) -> None:
        self._conversion = conversion
        self._searches = searches
        self._is_under_another = is_under_another
        self._versions: dict[str, ByNumber] | None = None
        self._groups: dict[str, Group] = {}
        self._people: dict[str, Json] = {}
        self._has_keys = bool(conversion.withdrawals) or any(map(_has_key, conversion.entries))
        self.met: dict[str, str] = {}
        self.done = Reconciled([dict(entry) for entry in conversion.bundle["entry"]])

    def other_numbers(self) -> list[Json]:
        """The other numbers of the message's only patient, if something was not found under the one that is used."""
        used = [entry.known for entry in self._conversion.entries if entry.resource["resourceType"] == "Patient"]
        if len(used) != 1 or all(entry.url in self.met for entry in self._conversion.entries if _has_key(entry)):
            return []
        numbers = [number for person in self._people.values() for number in objects(person.get("identifier"))]
        known = {token(number): number for number in numbers if {"system", "value"} <= number.keys()}
        return [number for name, number in known.items() if name != token(used[0])]

    async def run(self) -> None:
        """Fills ``done`` and ``met``.

        Raises:
            Hl7Error: see :func:`reconcile`.
        """
        reports: list[tuple[Json, Json]] = []
        merged: dict[str, Merged] = {}
        for sent, entry in zip(self.done.entries, self._conversion.entries, strict=True):
            if not (found := await self._existing(sent, entry)):
                continue
            new = sent["resource"]
            self.met[entry.url] = source_of(found)
            if new["resourceType"] == "DiagnosticReport":
                reports.append((sent, found))
            if new["resourceType"] == "Patient":
                self.done.patients.append(source_of(found))
                await self._meet(found)
            elif string(inner(found.get("subject")).get("reference")) in self._people:
                new = {**new, "subject": found["subject"]}
            if "link" in new:
                merged[entry.url] = Merged(sent, new, found)
            elif new["resourceType"] == "Encounter" and "subject" in new and self._is_anothers(found):
                _put(sent, found, new)  # nothing of the other patient stays in it
            elif fitted := await self._fitted(new, found, entry, [old for _, old in reports]):
                _put(sent, found, fitted)
            else:
                _leave(sent, found)
        self._merge(merged)
        for sent, found in reports:
            self._keep_results(sent, found)
        for withdrawn in self._conversion.withdrawals:
            await self._withdraw(withdrawn)

    async def _fitted(self, new: Json, found: Json, entry: Entry, reports: Sequence[Json]) -> Json | None:
        """What takes the place of the server's ``found``; None if that stays.

        Args:
            reports: of the message, as the server has them.
        """
        kind = new["resourceType"]
        outdated = entry.mode == "update" and self._is_outdated(new, found)
        self.done.outdated[kind] += outdated
        is_added_to = kind in _ADDED_TO and is_partial(found)
        if outdated and is_added_to and new.get("subject") == found.get("subject"):
            new, outdated = overlaid({**new, "id": found["id"]}, found, sets_status=True), False
        if entry.mode == "create" or outdated or new == found:
            return None
        if kind == "Observation":
            if entry.behind and is_of_same_time(new, found) is False:
                await self._check_place(new, found, reports)
            self.done.moved += is_moved(new, found)
        if entry.behind:
            new = in_place_of(found, new, entry.known)
        if is_partial(new):
            new = overlaid(found, new, entry.deleted, sets_status=self._conversion.kind in STATUS_EVENTS)
        return new

    def _merge(self, patients: Mapping[str, Merged]) -> None:
        """Overlays the server's patients with the merges."""
        self.done.merges = settle(self._conversion.entries, patients)
        for one in patients.values():
            if one.new["link"]:  # a merge says who is who, and nothing else about them
                said = {name: one.new[name] for name in _OF_A_MERGE if name in one.new}
                _put(one.sent, one.found, overlaid(one.found, said))
            else:
                _leave(one.sent, one.found)

    def _is_outdated(self, new: Json, found: Json) -> bool:
        if new["resourceType"] == "Encounter":  # its own time is that of its status, if the message sets one
            new = {**new, "meta": self._conversion.meta}
        return new["resourceType"] in VERSIONED and is_outdated(new, found)

    async def _meet(self, patient: Json) -> None:
        """Notes a patient and, if there may be results or a visit, those merged into it or that it was merged into."""
        waiting = [patient]
        may_be_filed = self._has_keys or "Encounter" in self._conversion.counts
        while waiting:
            self._people |= {source_of(person): person for person in waiting}
            into = {name for person in waiting for name in replaced_by(person)}
            linked = into.union(*map(merged_into, waiting)) - self._people.keys()
            ids = [number for name in sorted(linked) if may_be_filed and is_id(number := name.rpartition("/")[2])]
            hits = await self._search("Patient", {"_id": ",".join(ids)}) if ids else []
            waiting = [hit for hit in hits if source_of(hit) in into or is_out_of_use(hit)]

    def _keep_results(self, sent: Json, found: Json) -> None:
        """Keeps a report's results on the server, and adds late ones to a report that is newer there."""
        results: dict[str, Json] = {}
        for result in (*objects(found.get("result")), *objects(sent["resource"].get("result"))):
            name = string(result.get("reference"))
            results.setdefault(name := self.met.get(name, name), {**result, "reference": name})
        if results and sent["request"]["method"] == "PUT":
            sent["resource"] = {**sent["resource"], "result": list(results.values())}
        elif len(results) > len(objects(found.get("result"))):
            _put(sent, found, {**found, "result": list(results.values())})

    async def _existing(self, sent: Json, entry: Entry) -> Json | None:
        """The server's resource that an entry is about; None if there is none, or it is not looked for.

        Raises:
            Hl7Error: it is unclear which it is, or the visit is another patient's.
        """
        kind = entry.resource["resourceType"]
        if _has_key(entry):
            return await self._version(sent, entry)
        if kind not in ("Patient", "Encounter"):
            return None
        there, sought = await self._search(kind, {"identifier": entry.tokens}), (entry.known, *entry.also)
        hits = self._visits(there, entry) if kind == "Encounter" else patients_with(sought, there, entry.resource)
        if there and not hits:  # a conditional request would find them again
            sent["request"] = {"method": "POST", "url": kind}
        if kind == "Encounter" and "subject" in entry.resource:
            self._check_visit(hits, is_update=entry.mode == "update")
        if kind != "Patient":
            return hits[0] if len(hits) == 1 else None
        if entry.resource.get("active") is False:  # it is merged into one of those, or one has both numbers
            hits = [hit for hit in hits if source_of(hit) not in self.done.patients] or hits
        elif "link" in entry.resource:
            hits = list(not_merged_now(hits, entry.resource))
        return match_patient(hits, sought, entry.resource)

    def _visits(self, hits: Sequence[Json], entry: Entry) -> list[Json]:
        """The hits with a visit's own number; an entry that only refers to it may use an alternate number (PV1-50)."""
        own = [hit for hit in hits if not is_other_visit(hit, entry.known)]
        return own or [hit for hit in hits if entry.mode == "create" and not self._is_anothers(hit)]

    def _check_visit(self, hits: Sequence[Json], *, is_update: bool) -> None:
        """Refuses a visit number that is another patient's: it may be mistyped, or have been reused.

        The number of a visit that was called off may be reused, by a message that updates the visit.

        Raises:
            Hl7Error: the server has it as another patient's.
        """
        if any(self._is_anothers(hit) and not (is_update and hit.get("status") in _CALLED_OFF) for hit in hits):
            hint = "Compare PID-3 and PV1-19 with the Encounter there; to move the visit, cancel that and replay"
            raise Hl7Error("The visit of this message is another patient's on the FHIR server", hint=hint)

    def _is_anothers(self, visit: Json) -> bool:
        return without_server(named_by(visit.get("subject"))) not in {"", *self._people}

    async def _version(self, sent: Json, entry: Entry) -> Json | None:
        """The server's version of an order, a report, a result, or another resource that has a key.

        Raises:
            Hl7Error: the result may be any of several.
        """
        if self._versions is None:
            self._versions = await self._all_versions()
        known = self._versions[entry.resource["resourceType"]]
        if not entry.behind:
            return own_or_other(sent, entry, known)
        return one_of_several(sent, entry, known, self._groups[token(entry.behind)])

    async def _check_place(self, new: Json, found: Json, reports: Sequence[Json]) -> None:
        """Refuses to replace a result of another time if the order has a different one of this code and time.

        The position is ambiguous if OBX-4 restarts with each message, or several OBR are alike.

        Raises:
            Hl7Error: there is such a result.
        """
        its_own = [report for report in reports if source_of(found) in _results(report)]
        numbers = [number for report in its_own for number in objects(report.get("identifier")) if number.get("value")]
        same_order = [number for number in numbers if number.get("system") not in (None, KEY_SYSTEM)]
        if same_order:
            its_own = await self._reports(same_order)
        for other in await self._results_of(its_own):
            same = source_of(other) != source_of(found) and _same_code(other.get("code"), new.get("code"))
            if same and is_of_same_time(new, other):
                raise any_of_several()

    async def _all_versions(self) -> dict[str, ByNumber]:
        """The server's resources that the keys of the message find, by type."""
        await self._searches.look_up(self.sought(), patient=self.done.patient)
        found = {kind: ByNumber(filter(self._may_be_meant, self._searches.known(kind))) for kind in _SOUGHT_AT_ONCE}
        for entry in filter(_has_key, self._conversion.entries):
            if entry.behind:
                known = found[entry.resource["resourceType"]]
                group = self._groups.setdefault(token(entry.behind), Group(entry.behind, known.of(entry.behind)))
                group.entries.append(entry)
                group.there += known.of(entry.known)
        return found

    def sought(self) -> list[tuple[str, Json]]:
        """Type and identifier under which the server may have the message's resources that are known by a key."""
        return [
            (entry.resource["resourceType"], number)
            for entry in self._conversion.entries
            if entry.resource["resourceType"] in _SOUGHT_AT_ONCE
            for number in (entry.known, *entry.also, entry.timed, entry.behind)
            if number
        ]

    def _may_be_meant(self, hit: Json) -> bool:
        """Whether a hit is of the patient: another number of theirs may be the first of somebody else."""
        actors = (item.get("actor") for item in objects(hit.get("participant")))
        persons = map(named_by, (hit.get("subject"), hit.get("patient"), *actors))
        return not self._is_under_another or not self._people.keys().isdisjoint(persons)

    async def _withdraw(self, withdrawn: Withdrawal) -> None:
        """Withdraws the reports of an order and their results, except those that the message repeats."""
        reports = [
            report
            for report in await self._reports(withdrawn.numbers)
            if withdrawn.code is None or _same_code(report.get("code"), withdrawn.code)
        ]
        for old in (*reports, *await self._results_of(reports)):
            if source_of(old) in self.met.values() or old.get("status") == withdrawn.status:
                continue
            new = {**old, **withdrawn.says, "meta": withdrawn.meta}
            if is_outdated(new, old):
                self.done.outdated[old["resourceType"]] += 1
            else:
                entry: Json = {"resource": new}
                _put(entry, old, new)
                self.done.entries.append(entry)

    async def _reports(self, numbers: Sequence[Json]) -> list[Json]:
        """The reports of an order by its numbers; the same number with another patient is another order."""
        found: list[Json] = []
        for some in in_portions(list(dict.fromkeys(map(token, numbers)))):
            found += await self._search("DiagnosticReport", {"identifier": ",".join(some)})
        found = [one for one in found if has_number(one, numbers) is not False]
        return [one for one in found if string(inner(one.get("subject")).get("reference")) in self._people]

    async def _results_of(self, reports: Iterable[Json]) -> list[Json]:
        """The Observations that reports refer to."""
        ids = dict.fromkeys(name.rpartition("/")[2] for report in reports for name in _results(report))
        found: list[Json] = []
        for some in in_portions([number for number in ids if is_id(number)]):
            found += await self._search("Observation", {"_id": ",".join(some)})
        return found

    async def _search(self, kind: str, form: dict[str, str]) -> list[Json]:
        return await self._searches.of(kind, form, patient=self.done.patient)


def _has_key(entry: Entry) -> bool:
    """Whether the server's version of it is found by a key made from the message."""
    return entry.resource["resourceType"] in _SOUGHT_AT_ONCE and entry.mode == "update"


def _keys_met(reconciler: _Reconciler) -> tuple[int, int]:
    """How many resources with a key were found on the server: of orders first, then of any type."""
    met = reconciler.met.values()
    return sum(name.startswith(OF_ORDERS) for name in met), sum(name.startswith(_SOUGHT_AT_ONCE) for name in met)


def _leave(sent: Json, found: Json) -> None:
    """Turns an entry into one that changes nothing, but that others can reference."""
    sent["request"] = {"method": "POST", "url": found["resourceType"], "ifNoneExist": f"_id={found['id']}"}


def _put(sent: Json, old: Json, new: Json) -> None:
    """Turns an entry into the replacement of the version that was read."""
    sent["resource"] = {**new, "id": old["id"]}
    sent["request"] = {"method": "PUT", "url": source_of(old)}
    if version := string(inner(old.get("meta")).get("versionId")):
        sent["request"]["ifMatch"] = f'W/"{version}"'


def _results(report: Json) -> list[str]:
    """``Observation/id`` of each result of a report."""
    return [string(result.get("reference")) for result in objects(report.get("result"))]


def _same_code(first: object, second: object) -> bool:
    return bool(codes(first) & codes(second)) or wording(first) == wording(second)

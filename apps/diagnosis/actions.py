"""What the page's buttons do to a visit. Their data comes from a browser, so it is checked."""

from collections.abc import Callable, Mapping

from core.errors import InputFormatError
from knowledge.medical.case import Status
from knowledge.medical.measurements import Measurement

from .person import CHILDBIRTH, PREGNANCY, as_read, corrected, following
from .service import DiagnosisService
from .visit import FindingDecision, Review, Visit

_OF_VALUES: dict[str, Callable[[Review, Measurement], Review]] = {
    "confirm": lambda review, value: review.accept((), [value]),
    "misread": lambda review, value: review.discard(value.place),
    "undo": lambda review, value: review.restore(value.place),
}


def act(service: DiagnosisService, visit: Visit, button: Mapping[str, object]) -> Visit:
    """The visit after a button was pressed.

    Args:
        visit: the one named by the button.
        button: its data attributes: ``do``, and for most ``code`` and ``to``; and the fields of its form.

    Raises:
        InputFormatError: this page has no such button, or an age or a week that was typed is impossible.
    """
    if button.get("do") == "accept":
        return service.accept(visit)
    return service.review(visit, _decided(service, visit, button))


def _decided(service: DiagnosisService, visit: Visit, button: Mapping[str, object]) -> Review:
    review = visit.review
    do, code, to = (str(button.get(name)) for name in ("do", "code", "to"))
    if do in ("correct", "as_read"):
        return corrected(review, visit.case, button) if do == "correct" else as_read(review)
    after = _of_finding(service, visit, do, code, to)
    decides = do in ("decide", "add", "undo") and code in (PREGNANCY, CHILDBIRTH)
    return following(after, visit.case) if decides else after


def _of_finding(service: DiagnosisService, visit: Visit, do: str, code: str, to: str) -> Review:
    """The review after a button of a finding, or of a value."""
    review = visit.review
    if do == "add" and to in set(Status) and (label := service.search.label(code)):
        return review.add(code, label, Status(to), visit.case)
    values = {value.place: value for value in visit.case.measurements if value.is_from_text}
    if code in values and do in _OF_VALUES:
        return _OF_VALUES[do](review, values[code])
    known = {finding.code: finding for finding in (*visit.case.findings, *review.added)}
    if code not in known:
        raise InputFormatError("There is no such finding", hint="Load the page again")
    if do == "decide" and to in set(FindingDecision):
        return review.decide(code, FindingDecision(to))
    if do == "confirm":
        return review.accept([known[code]])
    simple = {"undo": review.undo, "pause": review.pause, "resume": review.resume}
    if do not in simple:
        raise InputFormatError("There is no such button", hint="Load the page again")
    return simple[do](code)

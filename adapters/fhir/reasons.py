"""Why a part of a FHIR record did not become a finding: the ``reason`` of an ``Unread``."""

from enum import StrEnum

from knowledge.medical.notes.language import OTHER_LANGUAGE
from knowledge.medical.notes.values.stated import SPOILT


class Reason(StrEnum):
    """Codes that the screens put into words. A comment says what ``Unread.phrase`` holds, if anything."""

    # The record as a whole
    NOT_USED = "not_used"  # how many resources of this type
    UNKNOWN_TYPE = "unknown_type"  # how many
    NO_RESOURCE_TYPE = "no_resource_type"
    NOT_VALID_R4 = "not_valid_r4"  # path of the element: Observation.component[0].code
    MODIFIED_MEANING = "modified_meaning"  # path of the modifierExtension or implicitRules
    REPEATED = "repeated"
    ANOTHER_PATIENT = "another_patient"
    NO_PATIENT = "no_patient"  # it references none
    OTHER_FOCUS = "other_focus"  # in the patient's record, but about a fetus, a donor or a device
    OUT_OF_USE = "out_of_use"  # the patient: merged into another one, or not active
    OTHER_NUMBER = "other_number"  # another patient was merged into this one but was not read
    MORE_PAGES = "more_pages"  # the file is one page of a search
    INCOMPLETE = "incomplete"  # the source marks it as subsetted, redacted or masked
    WRITTEN_BY_US = "written_by_us"
    UNDELIVERED = "undelivered"  # how many HL7 v2 messages about the patient are in the inbox

    # The server
    REFUSED_BY_SERVER = "refused_by_server"  # HTTP status
    BY_CATEGORY = "by_category"  # the categories that were read, on a server that allows no search without one
    PAGE_LOST = "page_lost"  # HTTP status, if any
    PAGE_LINK_REFUSED = "page_link_refused"  # it leaves the server
    TOO_MANY_PAGES = "too_many_pages"
    FEWER_THAN_TOTAL = "fewer_than_total"  # how many hits the server counted but did not deliver
    RESTRICTED = "restricted"  # code of the OperationOutcome
    SERVER_WARNING = "server_warning"  # code of the OperationOutcome
    NOTE_LOST = "note_lost"  # HTTP status, if any

    # What a resource says about itself
    ENTERED_IN_ERROR = "entered_in_error"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    STATUS_UNKNOWN = "status_unknown"
    NOT_DONE = "not_done"  # how many
    REFUTED = "refuted"  # the condition
    RESOLVED = "resolved"  # the condition
    FAMILY_HISTORY = "family_history"  # whose, and what
    DECEASED = "deceased"
    APPROXIMATE_AGE = "approximate_age"
    IMPOSSIBLE_AGE = "impossible_age"
    UNKNOWN_GENDER_CODE = "unknown_gender_code"

    # Codes, values and texts
    UNKNOWN_HPO_CODE = "unknown_hpo_code"
    NOTHING_RECOGNISED = "nothing_recognised"  # the text
    NO_VALUE = "no_value"
    UNCLEAR_VALUE = "unclear_value"
    NO_FINDING_FOR_CODE = "no_finding_for_code"  # how many resources
    NO_NORMAL_RANGE = "no_normal_range"  # how many observations
    SPOILT_SAMPLE = SPOILT  # the result
    UNKNOWN_UNIT = "unknown_unit"  # how many vital signs or laboratory values
    ANNOTATION = "annotation"  # how many free-text annotations beside coded data

    # Notes
    CONTENT_TYPE = "content_type"  # the content type
    HELD_ELSEWHERE = "held_elsewhere"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BROKEN_BASE64 = "broken_base64"
    UNKNOWN_CHARSET = "unknown_charset"
    BROKEN_TEXT = "broken_text"
    BROKEN_DOCUMENT = "broken_document"  # RTF, PDF or C-CDA
    NO_TEXT = "no_text"  # a PDF of pictures only, or one that is locked
    LANGUAGE_NOT_SUPPORTED = OTHER_LANGUAGE
    OTHER_FORMAT = "other_format"  # of a document already read


_LOOKED_AT = frozenset(
    {
        Reason.REPEATED, Reason.ANOTHER_PATIENT, Reason.OTHER_FOCUS, Reason.WRITTEN_BY_US, Reason.ENTERED_IN_ERROR,
        Reason.CANCELLED, Reason.SUPERSEDED, Reason.STATUS_UNKNOWN, Reason.NOT_DONE, Reason.REFUTED, Reason.RESOLVED,
        Reason.FAMILY_HISTORY, Reason.DECEASED, Reason.APPROXIMATE_AGE, Reason.IMPOSSIBLE_AGE,
        Reason.UNKNOWN_GENDER_CODE, Reason.UNKNOWN_HPO_CODE, Reason.NOTHING_RECOGNISED, Reason.NO_VALUE,
        Reason.UNCLEAR_VALUE, Reason.NO_FINDING_FOR_CODE, Reason.NO_NORMAL_RANGE, Reason.SPOILT_SAMPLE,
        Reason.UNKNOWN_UNIT, Reason.ANNOTATION, Reason.OTHER_FORMAT,
    }
)  # fmt: skip
NOT_SEEN = frozenset(Reason) - _LOOKED_AT
"""Reasons why something about the patient may exist unseen; a new reason is one of them by default."""

"""Every error the suite raises on purpose.

    R1Error
    ├── SettingsError                 a setting is missing, malformed or unsafe
    ├── ModelError                    a model or data pack cannot be obtained or used
    │   ├── UnknownModelError         no such name in the manifest, on disk or on the hub
    │   ├── DownloadError             the network or the package index refused
    │   ├── IntegrityError            bytes do not match their pinned SHA-256
    │   └── UnsupportedModelError     the weights or the architecture cannot be loaded
    ├── StorageError                  disk full, folder not writable, database unreachable
    │   └── TakenError                a row with this unique key exists already
    ├── GenerationError               a generation request cannot be served
    │   ├── InvalidRequestError       a parameter is out of its range
    │   ├── ContextLengthError        prompt and answer do not fit the context
    │   ├── BusyError                 too many requests are waiting
    │   ├── DeadlineError             the answer was not finished in time
    │   └── EngineError               the engine failed, or is shutting down
    ├── InputError                    the user's input cannot be read
    │   ├── InputTooLargeError        over a stated limit
    │   ├── InputFormatError          broken or unexpected structure
    │   ├── FhirVersionError          a FHIR release other than R4
    │   └── Hl7Error                  an HL7 v2 message that cannot be accepted
    ├── KnowledgeError                a knowledge base is missing or malformed
    ├── FhirServerError               the FHIR or authorisation server refused, failed or did not answer
    │   ├── FhirAccessError           not signed in, or not allowed (401, 403)
    │   ├── FhirNotFoundError         does not exist, or deleted (404, 410)
    │   ├── FhirConflictError         somebody else changed it, or a precondition does not hold (409, 412)
    │   ├── FhirRejectedError         the server does not understand or accept the request (other 4xx)
    │   ├── FhirBusyError             too many requests, or temporarily down (429, 503)
    │   └── FhirUnreachableError      no answer, or none in time
    ├── SignInError                   the user signing in is unknown, or not admitted
    ├── NotTrustedError               the calling system is not a trusted one
    ├── NoDataError                   data that an answer needs is unavailable
    ├── ApprovalError                 a write to the record is not approved, or no longer valid
    │   └── RecordChangedError        the record has changed since it was read
    └── AuditError                    the audit trail cannot be written, or was changed

An error says what failed and, in ``hint``, what to do about it. Neither part may contain patient data or
message text: both reach logs and screens.
"""


class R1Error(Exception):
    """Base of the tree.

    Args:
        message: what failed, one plain sentence without a final full stop.
        hint: what the reader can do about it; empty when there is nothing to do.
        kind: key of the page's text for this error in each language; empty if there is none.
    """

    def __init__(self, message: str, *, hint: str = "", kind: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class SettingsError(R1Error):
    """A setting is missing, malformed or unsafe."""


class ModelError(R1Error):
    """A model or data pack cannot be obtained or used."""


class UnknownModelError(ModelError):
    """No such name in the manifest, on disk or on the hub."""


class DownloadError(ModelError):
    """The network or the package index refused."""


class IntegrityError(ModelError):
    """Bytes do not match their pinned SHA-256."""


class UnsupportedModelError(ModelError):
    """The weights or the architecture cannot be loaded."""


class StorageError(R1Error):
    """The disk is full, a folder is not writable or the database cannot be reached."""


class TakenError(StorageError):
    """A row with this unique key exists already."""


class GenerationError(R1Error):
    """A generation request cannot be served.

    Args:
        param: the field at fault, as OpenAI's API calls it; empty when it is not known.
    """

    def __init__(self, message: str, *, hint: str = "", param: str = "") -> None:
        super().__init__(message, hint=hint)
        self.param = param


class InvalidRequestError(GenerationError):
    """A parameter is out of its range."""


class ContextLengthError(GenerationError):
    """Prompt and answer do not fit the model's context."""


class BusyError(GenerationError):
    """Too many requests are waiting."""


class DeadlineError(GenerationError):
    """The answer was not finished in time."""


class EngineError(GenerationError):
    """The engine failed, or is shutting down."""


class InputError(R1Error):
    """The user's input cannot be read."""


class InputTooLargeError(InputError):
    """The input is over a stated limit."""


class InputFormatError(InputError):
    """The input is broken or has an unexpected structure."""


class FhirVersionError(InputError):
    """The resource belongs to a FHIR release other than R4."""


class Hl7Error(InputError):
    """An HL7 v2 message cannot be accepted.

    Args:
        code: error code for ERR-3, from HL7 table 0357 (message error condition codes).
        location: where, in the form of ERR-2: ``MSH^1^9``; empty if no single place is at fault.
    """

    def __init__(self, message: str, *, hint: str = "", code: int = 207, location: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.location = location


class KnowledgeError(R1Error):
    """A knowledge base is missing or malformed."""


class FhirServerError(R1Error):
    """The FHIR server or its authorisation server refused, failed or did not answer.

    Args:
        status: HTTP status, or None when no response came.
        retry_after: seconds after which the server asks for a retry; None if it does not say.
    """

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after


class FhirAccessError(FhirServerError):
    """Not signed in, or not allowed (HTTP 401, 403)."""


class FhirNotFoundError(FhirServerError):
    """Does not exist, or deleted (HTTP 404, 410)."""


class FhirConflictError(FhirServerError):
    """Somebody else changed it, or a precondition does not hold (HTTP 409, 412)."""


class FhirRejectedError(FhirServerError):
    """The server does not understand or accept the request (other 4xx)."""


class FhirBusyError(FhirServerError):
    """Too many requests, or temporarily down (HTTP 429, 503)."""


class FhirUnreachableError(FhirServerError):
    """No answer, or none in time."""


class SignInError(R1Error):
    """The user signing in is unknown, or not admitted.

    Args:
        kind: key of the text that a page shows: ``wrong``, ``too_many``, ``ended``, ``no_role``, ``refused`` or
            ``unreachable``.
    """

    def __init__(self, message: str, *, hint: str = "", kind: str = "refused") -> None:
        super().__init__(message, hint=hint, kind=kind)


class NotTrustedError(R1Error):
    """The calling system is not a trusted one. The message contains nothing of its token."""


class NoDataError(R1Error):
    """Data that an answer needs is unavailable."""


class ApprovalError(R1Error):
    """A write to the record is not approved, or what was approved no longer holds. Nothing was written."""


class RecordChangedError(ApprovalError):
    """The record is no longer what the clinician reviewed. Nothing was written.

    Args:
        new, changed, gone: ``Type/id`` of the resources, never their content.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        new: tuple[str, ...] = (),
        changed: tuple[str, ...] = (),
        gone: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.new = new
        self.changed = changed
        self.gone = gone


class AuditError(R1Error):
    """The audit trail cannot be written, or was changed. Without a trail nothing is read or written."""

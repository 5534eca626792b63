"""Parses incoming JSON within limits of size and depth."""

import json
from typing import Any

from core.errors import InputFormatError, InputTooLargeError

MAX_BYTES = 32 * 1024 * 1024
MAX_JSON_DEPTH = 64


def read_json(data: bytes | str) -> Any:
    """Parses JSON within the limits of size and depth.

    Raises:
        InputTooLargeError: over the size limit.
        InputFormatError: not UTF-8, not JSON, or nested too deep; the message has line and column.
    """
    try:
        raw = data.encode() if isinstance(data, str) else data
        if len(raw) > MAX_BYTES:
            raise InputTooLargeError(f"The FHIR data is over {MAX_BYTES // 2**20} MiB", hint="Export fewer resources")
        content = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
        if b"\\u" in raw:  # an escape can smuggle in half a surrogate pair, which no later step could store
            json.dumps(content, ensure_ascii=False).encode()
    except UnicodeError:
        raise InputFormatError("The FHIR data is not valid UTF-8", hint="FHIR JSON is UTF-8 only") from None
    except json.JSONDecodeError as error:
        raise InputFormatError(
            f"Broken JSON at line {error.lineno}, column {error.colno}", hint="Export the record again"
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise InputFormatError("A number in the JSON is not one of FHIR's", hint="Export the record again") from None
    level = [content]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(child, dict | list)
        ]
        if not level:
            return content
    raise _too_deep()


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _too_deep() -> InputFormatError:
    return InputFormatError(f"The JSON is nested deeper than {MAX_JSON_DEPTH} levels", hint="Export the record again")

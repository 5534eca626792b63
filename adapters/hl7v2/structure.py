"""Checks the structure of received HL7 v2 messages with hl7apy.

hl7apy is slow (20 ms a message and more) and strict, so it is not in the path of received messages.
"""

import re

from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message
from hl7apy.validation import Validator

from .message import Message

# Messages of hl7apy that hold only names of HL7.
_COUNTED = re.compile(r"(Missing required child|Child limit exceeded) ([A-Z0-9_]+\.[A-Z0-9_]+)")


def structure_problems(message: Message) -> list[str]:
    """Faults that hl7apy finds in the structure of a message: their kinds and the names of places, never values.

    Many messages from real senders have faults, so none is refused for them.
    """
    text = "\r".join(segment.raw for segment in message.segments)
    try:
        parsed = parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True)
        Validator.validate(parsed)
    except HL7apyException as error:
        if counted := _COUNTED.fullmatch(str(error)):
            return [f"{counted[2]} is {'missing' if counted[1] == 'Missing required child' else 'there too often'}"]
        places = re.findall(r"\b[A-Z][A-Z0-9]{1,2}(?:_[A-Z0-9]+)+\b", str(error))
        return [" ".join([type(error).__name__, *dict.fromkeys(places)])]
    except Exception as error:  # hl7apy raises other errors on some messages
        return [f"not understood by hl7apy ({type(error).__name__})"]
    return []

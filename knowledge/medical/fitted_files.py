"""Files fitted by ``make fit-diagnosis``, in the folder ``fitted``."""

import importlib.resources
import json
from typing import Any


def fitted(name: str) -> dict[str, Any]:
    """Content of one of the files, such as ``ranking``."""
    text = (importlib.resources.files(__package__) / "fitted" / f"{name}.json").read_text("utf-8")
    fields: dict[str, Any] = json.loads(text)
    return fields

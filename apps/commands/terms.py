"""``r1 terms``: finds the terms of a domain in a text."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InputFormatError, InputTooLargeError, SettingsError

from .terminal import command_settings, printable, stdout, table_of

if TYPE_CHECKING:
    from knowledge.terms.glossary import Term

_MAX_FILE = 8 << 20


def terms(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="Text in UTF-8; - reads standard input.")],
    domain: Annotated[str, typer.Option(help="finance, medical or legal.")] = "",
    glossary: Annotated[Path | None, typer.Option(help="A glossary of your own, .csv, .jsonl or .txt.")] = None,
) -> None:
    """Lists the terms of a domain used in a text, with their meanings."""
    if bool(domain) == bool(glossary):
        raise SettingsError("Name either --domain or --glossary")
    from knowledge.terms.recognizer import TermRecognizer

    data = file.read(_MAX_FILE + 1)
    if len(data) > _MAX_FILE:
        raise InputTooLargeError(f"The text has more than {_MAX_FILE >> 20} MiB", hint="Split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputFormatError("The text is not UTF-8") from None
    found = Counter(match.term for match in TermRecognizer(_glossary(domain, glossary)).find(text))
    table = table_of("Term", "Times", "Meaning", "Source")
    for term, times in found.most_common():
        table.add_row(*map(printable, (term.name, str(times), term.definition, term.source)))
    stdout.print(table if found else "The text uses none of the terms.")


def _glossary(domain: str, path: Path | None) -> "tuple[Term, ...]":
    from core.hub import ModelHub
    from knowledge.terms.glossary import read_glossary, shipped_glossary
    from knowledge.terms.packs import medical_glossary

    if path is not None:
        return read_glossary(path)
    return medical_glossary(ModelHub(command_settings().home)) if domain == "medical" else shipped_glossary(domain)

"""``r1 faq``: the company's questions and answers, from import to publication."""

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from core.errors import InputError, KnowledgeError
from core.settings import Settings

from ..company_folder import company_faq, open_company
from .faq_difference import print_difference, print_tests
from .terminal import command_settings, minute, printable, read_line, say, stderr, stdout, table_of

if TYPE_CHECKING:
    from knowledge.faq.answer_tests import Outcome
    from knowledge.faq.critical_topics import Topic
    from knowledge.faq.difference import Difference
    from knowledge.faq.library import Content, Library, Publication
    from knowledge.faq.sources import Entry, LeftOut
    from knowledge.faq.taken_by_rules import Taken
    from knowledge.faq.trial import Trial
    from knowledge.retrieval.embed import Embedder, Embedders, Vectors

    from ..support.company import Company

_SHOWN = 50  # entries of a kind in a difference, and failed tests, unless all are requested
_TEXTS_AT_ONCE = 256
_NEVER = {
    "unknown": "no such entry",
    "hidden": "customers may not see it",
    "topic": "not among the topics of company.toml",
}

app = typer.Typer(no_args_is_help=True, help="The FAQ: import, compare, test, try out, publish, roll back.")

_Number = Annotated[int | None, typer.Argument(min=1, help="Number of the version.")]
_Approver = Annotated[str, typer.Option(help="Name of the person who approves it.")]


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files (JSON, CSV, XLSX, Markdown, HTML, PDF) and folders.")],
    author: Annotated[str, typer.Option(help="Name of the person who imports.")],
    tests: Annotated[Path | None, typer.Option(help="Answer tests (CSV, XLSX, JSON).")] = None,
) -> None:
    """Reads files as one complete FAQ and stores it as a draft, which customers do not see yet."""
    from knowledge.faq.answer_tests import impossible, read_tests
    from knowledge.faq.difference import difference, with_kept_dates
    from knowledge.faq.library import Content
    from knowledge.faq.sources import read_sources

    settings = command_settings()
    library = _library(settings)
    current = library.current()
    published = _served_now(settings, library, current)
    with _counter() as count:
        reading = read_sources(paths, count)
    entries = with_kept_dates(reading, published.entries)
    wanted = read_tests(tests) if tests else published.tests
    company = open_company(settings)
    say(_entries(entries) + ".")
    for path in reading.skipped:
        stderr.print(f"Not read, of no FAQ format: {printable(str(path))}")
    _print_left_out(reading.left_out)
    changes = difference(published.entries, entries)
    if current and not changes and wanted == published.tests:
        say(f"It says what version {current.version} says, which is published: nothing to do.")
        return
    version = library.draft(Content(entries=entries, tests=wanted), author, current)
    say(f"Stored as version {version.number}, a draft by {version.author}, with {_tests(version.tests)}.")
    say(f"To what customers get now ({_named(current)}): {_summary(changes)}.")
    _print_taken(_taken(entries, company.topics), company)
    if never := impossible(wanted, entries, company.topics):
        reasons = [f"{expected} ({_NEVER[why]})" for expected, why in never.items()]
        say(f"It cannot be published so: its answer tests expect what cannot come: {_listed(reasons)}.")
        say(f"Next: r1 faq diff {version.number}, and mend the tests or the entries, and import again.")
        return
    say(f"Next: r1 faq diff {version.number}, and somebody else: r1 faq publish {version.number} --approver NAME")


@app.command()
def diff(
    number: _Number = None,
    everything: Annotated[bool, typer.Option("--all", help=f"Show more than {_SHOWN} entries of a kind.")] = False,
) -> None:
    """Shows what a version, by default the newest, changes for customers."""
    from knowledge.faq.difference import difference

    settings = command_settings()
    library = _library(settings)
    number = number or _newest(library)
    current = library.current()
    before, after = _served_now(settings, library, current), library.content(number)
    changes, limit = difference(before.entries, after.entries), None if everything else _SHOWN
    say(f"Version {number} against what customers get now ({_named(current)}): {_summary(changes)}.")
    print_difference(changes, limit)
    print_tests(before.tests, after.tests, limit)


@app.command("test")
def run_tests_(number: _Number = None) -> None:
    """Runs the answer tests of a version, by default the newest."""
    settings = command_settings()
    library = _library(settings)
    number = number or _newest(library)
    content = library.content(number)
    if not content.tests:
        raise KnowledgeError(f"Version {number} has no answer tests", hint="Import it with --tests")
    with _tested(len(content.tests)) as report:
        outcomes = _trial(settings).outcomes(content.entries, content.tests, report)
    failed = sum(not outcome.passed for outcome in outcomes)
    if failed:
        raise KnowledgeError(f"Version {number} fails {failed} of its {_tests(len(outcomes))}")
    say(f"Version {number} passes its {_tests(len(outcomes))}.")


@app.command()
def ask(number: _Number = None) -> None:
    """Talks to the support chat in the terminal, as customers get it or with a version not yet published."""
    from ..bootstrap import build_support, open_suite_database
    from ..support.conversation import Conversation
    from ..support.words import in_words

    settings = command_settings()
    if number:
        _library(settings).version(number)  # fails before anything is loaded
    with stderr.status("Loading the embedding models and the FAQ…"):
        service = build_support(settings, open_suite_database(settings), version=number)
    if sys.stdin.isatty():
        stderr.print("Talking to the support chat. Ctrl-D ends.", style="dim")
    conversation = Conversation()
    while (message := read_line()) is not None:
        if not message.strip():
            continue
        try:
            reply = service.reply(conversation, message)
        except InputError as error:
            stderr.print(str(error), style="red")
            continue
        say(printable(in_words(service.company, reply)))
        for source in reply.citations:
            say(f"({source.id}: {printable(source.title)}, {source.updated})", style="dim")


@app.command()
def publish(number: Annotated[int, typer.Argument(min=1, help="Number of the draft.")], approver: _Approver) -> None:
    """Publishes a draft to customers, if its answer tests pass. Running servers follow within seconds."""
    settings = command_settings()
    library = _library(settings)
    version = library.version(number)
    with _tested(version.tests) as report:
        decided = library.publish(number, approver, _trial(settings), report)
    tests = f"passes its {_tests(version.tests)} and" if version.tests else "has no answer tests, and"
    say(f"Version {number} {tests} is published, decided by {decided.approver}.")


@app.command()
def rollback(approver: _Approver, number: _Number = None) -> None:
    """Publishes an earlier published version again, by default the one before the current."""
    library = _library(command_settings())
    decided = library.roll_back(approver, number)
    say(f"Customers get version {decided.version} again, decided by {decided.approver}.")


@app.command("list")
def list_() -> None:
    """Shows every version, newest first: who imported it, who published it, and which one customers get."""
    library = _library(command_settings())
    current, decisions = library.current(), library.publications()
    say(f"Customers get {_named(current)}.")
    table = table_of("Version", "State", "Entries", "Tests", "Imported (UTC)", "Published last (UTC)")
    for version in library.versions():
        decided = next((each for each in decisions if each.version == version.number), None)
        state = "draft" if decided is None else "earlier"
        if current and current.version == version.number:
            state = "published"
        table.add_row(
            *(str(version.number), state, f"{version.entries:,}", f"{version.tests:,}"),
            f"{version.author}\n{minute(version.created_at)}",
            f"{decided.approver}\n{minute(decided.published_at)}" if decided else "",
        )
    if table.row_count:
        stdout.print(table)


def _library(settings: Settings) -> "Library":
    from knowledge.faq.library import Library

    from ..bootstrap import open_suite_database

    return Library(open_suite_database(settings))


def _trial(settings: Settings) -> "Trial":
    """The tests that a version must pass, with a progress display."""
    from ..faq_search import build_trial

    def embedders() -> "Embedders":
        from knowledge.retrieval.embed import Embedders

        from ..faq_search import open_embedders

        with stderr.status("Loading the embedding models…"):
            opened = open_embedders(settings)
            english, chinese, multilingual = map(_Reporting, opened[:3])
            return Embedders(english, chinese, multilingual, *opened[3:])

    return build_trial(settings, embedders)


def _served_now(settings: Settings, library: "Library", current: "Publication | None") -> "Content":
    """The content customers get with this publication, before filtering by audience and validity."""
    from knowledge.faq.library import Content

    if current:
        return library.content(current.version)
    try:
        return Content(entries=company_faq(settings))
    except InputError:  # faq.json is not needed once everything is published
        return Content(entries=())


def _named(current: "Publication | None") -> str:
    return f"version {current.version}" if current else "faq.json of the company's folder, as nothing is published"


def _newest(library: "Library") -> int:
    versions = library.versions()
    if not versions:
        raise InputError("The FAQ has no version yet", hint="Import one with: r1 faq import")
    return versions[0].number


def _entries(entries: "Sequence[Entry]") -> str:
    """``124 entries: 62 en, 62 zh; 3 internal``"""
    languages = Counter(entry.language for entry in entries)
    audiences = Counter(entry.audience for entry in entries if entry.audience != "public")
    parts = [", ".join(f"{count:,} {name}" for name, count in sorted(languages.items()))]
    parts += [f"{count:,} for {name} only" for name, count in sorted(audiences.items())]
    return f"{len(entries):,} {'entry' if len(entries) == 1 else 'entries'}: {'; '.join(parts)}"


def _tests(count: int) -> str:
    return f"{count:,} answer test{'' if count == 1 else 's'}"


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:_SHOWN]) + (f" and {len(items) - _SHOWN:,} more" if len(items) > _SHOWN else "")


def _summary(changes: "Difference") -> str:
    if not changes:
        return "the same entries"
    return f"{len(changes.added):,} new, {len(changes.removed):,} gone, {len(changes.changed):,} changed"


def _taken(entries: "Sequence[Entry]", topics: "Collection[Topic]") -> "list[Taken]":
    from knowledge.faq.taken_by_rules import taken

    found = []
    with _bar("Critical topics", sum(len(entry.questions) for entry in entries)) as advance:
        for each in taken(entries, topics):
            advance(1)
            found += [each] if each else []
    return found


def _print_taken(taken: "Sequence[Taken]", company: "Company") -> None:
    from knowledge.faq.answer_tests import on_topic

    if taken:
        say("Some wordings are not searched for, so that who asks them does not get the entry:")
    examples = {each.instead: each for each in reversed(taken)}
    for instead, count in Counter(each.instead for each in taken).most_common():
        first = examples[instead]
        say(f"  {instead}, {count:,}, as {printable(first.wording)} ({first.entry.id})")
    own = {topic for topic, said in company.critical.items() if said.text}
    if general := [topic for topic in company.topics - own if on_topic(topic) in examples]:
        say("Such an answer is shown below the text that ships on its topic. Where they do not agree, write your own")
        say(f"in company.toml: {', '.join(f'[critical.{topic}.text]' for topic in sorted(general))}")


def _print_left_out(left_out: "Sequence[LeftOut]") -> None:
    """Prints the headings that became no entry, each once, since the pages of a site share some."""
    examples = {(each.why, each.title): each for each in reversed(left_out)}
    alike = Counter((each.why, each.title) for each in left_out)
    if left_out:
        say("Headings that became no entry, and how long the text below is:")
    for (why, title), count in list(alike.items())[:_SHOWN]:
        first = examples[why, title]
        more = f" and {count - 1:,} more" if count > 1 else ""
        say(f"  {printable(title)}, {first.characters:,} characters: {why} ({printable(first.where)}{more})")
    if len(alike) > _SHOWN:
        say(f"… and {len(alike) - _SHOWN:,} more")


class _Reporting:
    """An embedder that shows its progress."""

    def __init__(self, embedder: "Embedder") -> None:
        self.name = embedder.name
        self._embedder = embedder

    def encode(self, texts: Sequence[str]) -> "Vectors":
        if len(texts) <= _TEXTS_AT_ONCE:
            return self._embedder.encode(texts)
        import numpy as np

        with _bar("Reading texts", len(texts)) as advance:
            parts = []
            for start in range(0, len(texts), _TEXTS_AT_ONCE):
                parts.append(self._embedder.encode(texts[start : start + _TEXTS_AT_ONCE]))
                advance(len(parts[-1]))
        return np.concatenate(parts)


@contextmanager
def _tested(total: int) -> "Iterator[Callable[[Outcome], None]]":
    """A progress bar over answer tests; failed ones are printed at the end."""
    failed: list[Outcome] = []

    def report(outcome: "Outcome") -> None:
        advance(1)
        if not outcome.passed:
            failed.append(outcome)

    try:
        with _bar("Answer tests", total) as advance:
            yield report
    finally:
        for outcome in failed[:_SHOWN]:
            given = f"answered with {outcome.given}" if outcome.given else "not answered"
            given = f"not searched for, it gets: {outcome.instead}" if outcome.instead else given
            near = f", nearest are {', '.join(outcome.offered)}" if outcome.offered else ""
            stderr.print(f"Failed: {printable(outcome.test.question)}", style="red")
            stderr.print(f"  expected {outcome.test.expect}; {given}{near}")
        if len(failed) > _SHOWN:
            stderr.print(f"… and {len(failed) - _SHOWN:,} more")


@contextmanager
def _bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=stderr, transient=True) as bars:
        task = bars.add_task(title, total=total)
        yield lambda count: bars.advance(task, count)


@contextmanager
def _counter() -> Iterator[Callable[[str, int], None]]:
    with stderr.status("Reading…") as status:
        yield lambda name, count: status.update(f"Reading {printable(name)}: {count:,} entries…")

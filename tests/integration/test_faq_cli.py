"""``r1 faq`` from the files to the chat, with the real models and a real database."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.bootstrap import build_support, open_suite_database
from apps.support.bot import CustomerServiceBot
from apps.support.conversation import Conversation
from apps.support.policy import Action
from core.settings import load_settings
from tests.command import home_of_its_own, r1_here

SAMPLE = Path(__file__).parents[2] / "apps/support/sample_company"
MARKDOWN = """\
# Help

## How do I return a book? {#returns}

Within 30 days.

## When does the shop open? {#hours}

At nine.
"""
TESTS = "question,expect\nHow do I return a book?,returns\nWhat is the boiling point of tungsten?,must not answer\n"
TUNGSTEN = "+ What is the boiling point of tungsten? -> must not answer\n"
R1 = Callable[..., tuple[int, str, str]]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "help.md").write_text(MARKDOWN)
    (folder / "staff.csv").write_text(
        "question,answer,audience\nWhat is the discount for staff?,Twenty percent.,internal\n"
    )
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (tmp_path / "tests.csv").write_text(TESTS)
    return folder


@pytest.fixture
def r1(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> R1:
    """Runs a command in a home of its own; gives exit code, output and errors."""
    own = home_of_its_own(tmp_path / "home", home)
    monkeypatch.setenv("R1_HOME", str(own))

    def run(*arguments: str) -> tuple[int, str, str]:
        done = r1_here("faq", *arguments, home=own)
        return done.returncode, done.stdout, " ".join(done.stderr.split())

    return run


def test_from_files_to_customers_and_back(r1: R1, pages: Path, tmp_path: Path) -> None:
    code, out, _ = r1("list")
    assert (code, out) == (0, "Customers get faq.json of the company's folder, as nothing is published.\n")

    code, out, err = r1("import", str(pages), "--author", "Ann Lee", "--tests", str(tmp_path / "tests.csv"))
    assert code == 0, err
    assert "3 entries: 3 en; 1 for internal only." in out
    assert "Stored as version 1, a draft by Ann Lee, with 2 answer tests." in out
    assert "3 new" in out
    assert f"Notread,ofnoFAQformat:{pages / 'logo.png'}" in err.replace(" ", "")  # a long path is broken in two

    code, out, _ = r1("diff", "--all")
    assert code == 0
    assert "+ returns (en): How do I return a book?" in out
    assert "+ what-is-the-discount-for-staff (en, for internal only): What is the discount for staff?" in out
    assert "- card-lost (en): " in out
    assert out.endswith("Answer tests\n+ How do I return a book? -> returns\n" + TUNGSTEN)

    code, _, err = r1("publish", "1", "--approver", "ann lee")
    assert code == 2
    assert "imported by Ann Lee, who cannot publish it too." in err

    code, out, err = r1("publish", "1", "--approver", "Bo Chen")
    assert (code, out) == (0, "Version 1 passes its 2 answer tests and is published, decided by Bo Chen.\n"), err

    code, out, _ = r1("import", str(pages), "--author", "Ann Lee")
    assert code == 0
    assert "It says what version 1 says, which is published: nothing to do." in out

    (pages / "help.md").write_text(MARKDOWN.replace("30 days", "14 days"))
    assert "0 new, 0 gone, 1 changed" in r1("import", str(pages), "--author", "Ann Lee")[1]
    code, out, _ = r1("diff")
    assert [line.strip() for line in out.splitlines()[-3:]] == ["answer", "- Within 30 days.", "+ Within 14 days."]

    code, out, err = r1("test")
    assert (code, out) == (0, "Version 2 passes its 2 answer tests.\n"), err
    assert r1("publish", "2", "--approver", "Bo Chen")[0] == 0
    code, out, _ = r1("rollback", "--approver", "Cy Dale")
    assert (code, out) == (0, "Customers get version 1 again, decided by Cy Dale.\n")

    code, out, _ = r1("list")
    assert out.startswith("Customers get version 1.\n")
    assert "published" in out
    assert "earlier" in out

    settings = load_settings()
    service = build_support(settings, open_suite_database(settings))
    reply = service.reply(Conversation(), "How do I return a book?")
    assert (reply.action, reply.text, reply.library_version) == (Action.ANSWER, "Within 30 days.", "v1")
    assert service.reply(Conversation(), "What is the discount for staff?").action is not Action.ANSWER
    closing = CustomerServiceBot(SAMPLE).respond("How do I close my account?")
    assert "close an account" in closing, "a file that is named is used, whatever is published"


def test_failing_tests_are_named_and_stop_a_publication(r1: R1, pages: Path, tmp_path: Path) -> None:
    (tmp_path / "tests.csv").write_text("question,expect\nHow do I return a book?,hours\n")
    assert r1("import", str(pages), "--author", "Ann Lee", "--tests", str(tmp_path / "tests.csv"))[0] == 0
    for arguments in (("test",), ("publish", "1", "--approver", "Bo Chen")):
        code, _, err = r1(*arguments)
        assert code == 1
        assert "Failed: How do I return a book? expected hours; answered with returns" in err
        assert "fails 1 of its 1 answer test" in err
    assert "nothing is published" in r1("list")[1]


def test_a_draft_is_tried_out_in_the_terminal(r1: R1, pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert r1("import", str(pages), "--author", "Ann Lee")[0] == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"How do I return a book?\n\n{'x' * 2_001}\nI lost my card\n"))
    code, out, err = r1("ask", "1")
    assert (code, out.splitlines()[0]) == (0, "Within 30 days.")
    assert out.splitlines()[1].startswith("(returns: How do I return a book?, ")
    assert len(out.splitlines()) > 2, "it goes on after a message that is too long"
    assert "more than 2000 characters" in err
    monkeypatch.setattr(sys, "stdin", io.StringIO("How do I close my account?\n"))
    assert "close an account" in r1("ask")[1], "without a version it is what customers get"
    code, _, err = r1("ask", "2")
    assert (code, "The FAQ has no version 2" in err) == (2, True)


def test_a_test_that_can_never_pass_is_told_at_once(
    r1: R1, pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = tmp_path / "company"
    company.mkdir()
    toml = (SAMPLE / "company.toml").read_text("utf-8")
    (company / "company.toml").write_text('topics = ["complaint"]\n' + toml, "utf-8")
    monkeypatch.setenv("R1_COMPANY", str(company))
    staff = "what-is-the-discount-for-staff"
    lines = ["Where is my book?,lost-book", f"What is my discount?,{staff}", "I am sad,must not answer"]
    lines += ["Stolen,critical: lost_card", "Your shop is awful,critical: complaint", "A fire,critical: emergency"]
    (tmp_path / "tests.csv").write_text("\n".join(["question,expect", *lines]))
    code, out, err = r1("import", str(pages), "--author", "Ann Lee", "--tests", str(tmp_path / "tests.csv"))
    assert code == 0, err
    assert (
        "It cannot be published so: its answer tests expect what cannot come: lost-book (no such entry), "
        f"{staff} (customers may not see it), critical: lost_card (not among the topics of company.toml).\n"
    ) in out
    assert "faq publish" not in out
    (tmp_path / "tests.csv").write_text("question,expect\nI am sad,must not answer")
    out = r1("import", str(pages), "--author", "Ann Lee", "--tests", str(tmp_path / "tests.csv"))[1]
    assert "a draft by Ann Lee, with 1 answer test.\n" in out
    assert "and somebody else: r1 faq publish 2 --approver NAME" in out


def test_wordings_that_are_not_searched_for_are_told_at_once(r1: R1, tmp_path: Path) -> None:
    file = tmp_path / "faq.md"
    titles = [
        "My card was stolen in your shop",
        "Someone has died. What now?",
        "Which cards do you take?",
        "Can I talk to a nurse?",
    ]
    file.write_text("".join(f"## {title}\n\nTell us.\n\n" for title in titles))
    out = r1("import", str(file), "--author", "Ann Lee")[1]
    assert "  critical: lost_card, 1, as My card was stolen in your shop (my-card-was-stolen-in-your-shop)\n" in out
    assert "write your own\nin company.toml: [critical.bereavement.text]\n" in out  # on lost cards there is one
    assert "  a person, 1, as Can I talk to a nurse? (can-i-talk-to-a-nurse)\n" in out
    assert "Which cards" not in out


def test_a_test_names_the_topic_that_takes_its_question(r1: R1, pages: Path, tmp_path: Path) -> None:
    lines = ["My card was stolen,returns", "My card was stolen,critical: lost_card"]
    (tmp_path / "tests.csv").write_text("\n".join(["question,expect", *lines]))
    assert r1("import", str(pages), "--author", "Ann Lee", "--tests", str(tmp_path / "tests.csv"))[0] == 0
    code, _, err = r1("publish", "1", "--approver", "Bo Chen")
    assert code == 1
    assert "expected returns; not searched for, it gets: critical: lost_card" in err
    assert "fails 1 of its 2 answer tests" in err
    assert "nothing is published" in r1("list")[1]


def test_input_at_fault_is_exit_code_2_and_stores_nothing(r1: R1, pages: Path, tmp_path: Path) -> None:
    (pages / "staff.csv").write_text("question,answer\nonly a question\n")
    for arguments, problem in (
        (("import", str(pages), "--author", "Ann Lee"), "staff.csv, row 2: answer: it is missing."),
        (("import", str(tmp_path / "none.csv"), "--author", "Ann Lee"), "none.csv cannot be read"),
        (("import", str(pages / "help.md"), "--author", "7"), "The author must be a person's name"),
        (
            ("import", str(pages / "help.md"), "--author", "Ann", "--tests", str(pages / "logo.png")),
            "no format that tests",
        ),
        (("publish", "1", "--approver", "Bo Chen"), "The FAQ has no version 1."),
        (("diff",), "The FAQ has no version yet."),
    ):
        code, out, err = r1(*arguments)
        assert (code, "Traceback" in out + err) == (2, False), arguments
        assert "".join(problem.split()) in "".join(err.split()), arguments  # a long path is broken anywhere
    assert "nothing is published" in r1("list")[1]

"""What is answered: codes, modes, and what is given back."""

import asyncio

import pytest
from hl7apy.parser import parse_message

from adapters.hl7v2.acknowledge import Outcome, acknowledgement, header_of, replies, told_apart
from adapters.hl7v2.message import parse
from adapters.hl7v2.receive import Receiver
from core.errors import Hl7Error
from tests.unit.hl7v2.hl7_data import ADMIT, FACILITIES, message
from tests.unit.hl7v2.hl7_fakes import MemoryInbox

ERROR = Hl7Error("It is bad", hint="Mend it", code=101, location="MSH^1^10")


def receive(content: bytes, inbox: MemoryInbox | None = None) -> list[bytes]:
    return asyncio.run(Receiver(inbox or MemoryInbox()).receive(content))


def codes(answers: list[bytes]) -> list[str]:
    return [parse(answer, default_charset="latin-1").first("MSA").text(1) for answer in answers]  # type: ignore[union-attr]


def test_a_message_is_kept_as_it_came_and_accepted() -> None:
    inbox = MemoryInbox()
    (answer,) = receive(ADMIT, inbox)
    read = parse(answer)
    msa = read.first("MSA")
    assert inbox.kept == [ADMIT]
    assert msa
    assert (msa.text(1), msa.text(2)) == ("AA", "C1")
    assert (read.kind, read.sender) == ("ACK^A01", "R1|R1")
    assert (read.header.first(6).raw, read.header.text(12)) == ("WEST^2.16.840.1.113883.19.4^ISO", "2.8")
    assert read.first("ERR") is None


@pytest.mark.parametrize(("name", "codec", "facility"), FACILITIES)
@pytest.mark.parametrize(("kind", "code"), [("ADT^A08", "AA"), ("", "AR")])
def test_a_header_in_many_bytes_is_answered_by_its_control_id(
    name: str, codec: str, facility: str, kind: str, code: str
) -> None:
    header = f"MSH|^~\\&|A|{facility}|C|D|2026||{kind}|ID7|P|2.5||||||{name}"
    (answer,) = receive(f"{header}\rPID|1||7||X\r".encode(codec))
    read = parse(answer)
    msa = read.first("MSA")
    assert msa
    assert (msa.text(1), msa.text(2), read.header.text(6)) == (code, "ID7", facility)


def test_a_line_of_a_report_does_not_cut_its_message_in_two() -> None:
    inbox = MemoryInbox()
    raw = message("PID|1||77", "OBX|1|TX|1||Mismatch repair proteins:\nMSH-1: retained\nMSH-2: LOST||||||F")
    assert codes(receive(raw, inbox)) == ["AA"]
    assert inbox.kept == [raw]


def test_the_log_says_whose_message_was_refused_and_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    latin = message("PID|1||77||M\u00fcller").decode().encode("latin-1")
    asyncio.run(Receiver(MemoryInbox()).receive(latin, "10.0.0.7"))

    (told,) = (record.getMessage() for record in caplog.records)
    assert "from 10.0.0.7 was refused: The message is not utf-8 text. Name its character set in MSH-18" in told
    assert told.endswith("(MSH^1^18) (ORU^R01 C1 of LAB, WEST)")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (r"MSH|^~\&|LAB|A B^1.2^ISO|R1|R1|20260102||ORU^R01^ORU_R01||P|2.5", "ORU^R01 - of LAB, ?"),
        (r"MSH|^~\&|LAB^1.2^ISO||R1|R1|20260102||ORU^R01|M&1|P|2.5", "ORU^R01 M&1 of LAB^1.2^ISO, -"),
        (r"MSH|^~\&|1||77||Miller|A01|C1", "no readable header"),
        ("PID|1||77^^^WEST||Miller", "no readable header"),
        ("", "no readable header"),
    ],
)
def test_what_the_log_tells_a_message_apart_by(header: str, told: str) -> None:
    assert told_apart(header.encode()) == told


@pytest.mark.parametrize(
    ("accept", "application", "success", "error", "rejection"),
    [
        ("", "", ["AA"], ["AE"], ["AR"]),
        ("AL", "NE", ["CA"], ["CE"], ["CR"]),
        ("NE", "AL", ["AA"], ["AE"], ["AR"]),
        ("AL", "AL", ["CA", "AA"], ["CE", "AE"], ["CR", "AR"]),
        ("ER", "AL", ["AA"], ["CE", "AE"], ["CR", "AR"]),
        ("SU", "ER", ["CA"], ["AE"], ["AR"]),
        ("ER", "NE", [], ["CE"], ["CR"]),
        ("NE", "NE", [], [], []),
        ("al", "", ["CA"], ["CE"], ["CR"]),
        ("odd", "", ["CA"], ["CE"], ["CR"]),
    ],
)
def test_modes(accept: str, application: str, success: list[str], error: list[str], rejection: list[str]) -> None:
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|20260102030405||ORU^R01|C1|P|2.5|||{accept}|{application}"
    assert codes(receive(message("PID|1", header=header))) == success
    assert codes(receive(message("PID|1", header=header), MemoryInbox(broken=True))) == error
    assert codes(receive(message("PID|1", header=header.replace("|2.5|", "|3.0|")))) == rejection


def test_an_acknowledgement_is_never_acknowledged() -> None:
    (answer,) = receive(ADMIT)
    assert receive(answer) == []
    assert receive(receive(ADMIT.replace(b"|P|2.8", b"|P|2.8|||AL|AL"))[0]) == []


def test_a_fault_of_the_parser_is_answered_and_its_text_is_not_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("Okafor")

    monkeypatch.setattr("adapters.hl7v2.receive.parse", fails)
    (answer,) = receive(ADMIT)
    assert codes([answer]) == ["AE"]
    assert b"The message could not be read" in answer
    assert "RuntimeError" in caplog.text
    assert "Okafor" not in caplog.text + answer.decode()


@pytest.mark.parametrize(
    ("header", "code", "place"),
    [
        ("MSH|^~\\&|LAB|WEST|R1|R1|2026||ORU^R01||P|2.5", "101", "MSH^1^10"),
        ("MSH|^~\\&|LAB|WEST|R1|R1|2026||ORU^R01|C1||2.5", "202", "MSH^1^11"),
        ("MSH|^~\\&|LAB|WEST|R1|R1|2026||ORU^R01|C1|T|2.5", "202", "MSH^1^11"),
        ("MSH|^~\\&|LAB|WEST|R1|R1|2026||ORU^R01|C1|P|", "203", "MSH^1^12"),
        ("MSH|^~\\&|LAB|WEST|R1|R1|2026|||C1|P|2.5", "101", "MSH^1^9"),
    ],
)
def test_a_rejection_says_what_and_where(header: str, code: str, place: str) -> None:
    inbox = MemoryInbox()
    (answer,) = receive(message("PID|1||77||Okafor", header=header), inbox)
    read = parse(answer)
    err = read.first("ERR")
    assert err
    assert (err.text(3), "^".join(err.text(2, part) for part in (1, 2, 3)), err.text(4)) == (code, place, "E")
    assert codes([answer]) == ["AR"]
    assert b"Okafor" not in answer
    assert inbox.kept == []


def test_a_test_system_takes_test_messages() -> None:
    inbox, test = MemoryInbox(), ADMIT.replace(b"|P|2.8", b"|T|2.8")
    assert codes(asyncio.run(Receiver(inbox, processing="PTD").receive(test))) == ["AA"]
    assert codes(receive(test, inbox)) == ["AR"]
    assert inbox.kept == [test]


@pytest.mark.parametrize("content", [b"", b"x", b"PID|1", b"MSH", b"\xff\xfe\x00", b"MSH|^~\\&|" + b"\xff" * 20])
def test_what_is_no_message_is_answered_too(content: bytes) -> None:
    assert codes(receive(content)) == ["AR"]


def test_a_batch_is_answered_by_a_batch() -> None:
    inbox = MemoryInbox()
    bad = message("PID|1", header="MSH|^~\\&|LAB|WEST|R1|R1|2026||ORU^R01|C2|P|3")
    (answer,) = receive(b"BHS|^~\\&|A\r" + ADMIT + bad + b"BTS|2\r", inbox)
    assert answer.startswith(b"BHS|")
    assert [part[:6] for part in answer.split(b"\r") if part.startswith(b"MSA")] == [b"MSA|AA", b"MSA|AR"]
    assert answer.rstrip().endswith(b"BTS|2")
    assert len(inbox.kept) == 1
    assert len(receive(ADMIT + message("PID|1"), inbox)) == 1


def test_the_last_message_of_a_batch_that_is_cut_is_refused() -> None:
    """Its last value may be cut, too: 12 instead of 12.5."""
    inbox = MemoryInbox()
    (answer,) = receive(b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ADMIT + message("PID|1||7", "OBX|1|NM|1||12")[:-1], inbox)
    assert [part[:6] for part in answer.split(b"\r") if part.startswith(b"MSA")] == [b"MSA|AA", b"MSA|AR"]
    assert b"The batch ends within its last message" in answer
    assert len(inbox.kept) == 1
    assert len(receive(b"BHS|^~\\&|A\r" + ADMIT, MemoryInbox())) == 1  # without a trailer, which it need not have
    whole = b"BHS|^~\\&|A\r" + ADMIT + b"BTS|1\r"
    (second,) = receive(whole + b"BHS|^~\\&|A\r" + message("PID|1||7", "OBX|1|NM|1||12")[:-1], MemoryInbox())
    assert [part[:6] for part in second.split(b"\r") if part.startswith(b"MSA")] == [b"MSA|AA", b"MSA|AR"]


def test_a_batch_that_holds_less_or_nothing_says_so_and_one_with_more_is_refused() -> None:
    inbox = MemoryInbox()
    (short,) = receive(b"BHS|^~\\&|A\r" + ADMIT + b"BTS|3\r", inbox)
    assert short.rstrip().endswith(b"BTS|1|The trailer declares 3 messages, 1 came")
    (halved,) = receive(b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ADMIT + b"BTS|1\rFTS|2\r", inbox)
    assert halved.rstrip().endswith(b"BTS|1|The trailer declares 2 batches, 1 came")
    for whole in (b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ADMIT + b"BTS|1\rFTS|1\r", b"FHS|^~\\&|A\r" + ADMIT + b"FTS|1\r"):
        assert receive(whole, inbox)[0].rstrip().endswith(b"BTS|1")
    assert receive(b"FHS|^~\\&|A\rBHS|^~\\&|A\rBTS|0\rFTS|1\r", inbox) == [b"BHS|^~\\&\rBTS|0\r"]
    for lost in (b"BHS|^~\\&|A\r", b"BHS|^~\\&|A\rBTS|2\r"):
        (refused,) = receive(lost, inbox)
        assert (codes([refused]), b"The batch holds no message" in refused) == (["AR"], True)
    assert codes(receive(b"PID|lost\r" + ADMIT + ADMIT, inbox)) == ["AR"]
    assert len(inbox.kept) == 1


def test_delimiters_and_character_set_of_the_sender() -> None:
    header = "MSH$!*%?$Łab$WEST$R1$R1$2026$$ADT!A01$Ż1$P$2.5$$$$$$8859/2"
    (answer,) = receive(f"{header}\rPID$1\r".encode("iso-8859-2"))
    read = parse(answer)
    assert read.encoding.component == "!"
    assert read.first("MSA").text(2) == "Ż1"  # type: ignore[union-attr]
    assert read.header.text(5) == "Łab"


def test_controls_and_lengths_are_not_given_back() -> None:
    raw = b"MSH|^~\\&|" + b"A" * 3000 + b"\x0b\x1c|W|R1|R1|2026||ADT^A01|C\x1b1|P|2.5"
    answer = acknowledgement(header_of(raw), "AR", ERROR)
    assert len(answer) < 700
    assert not set(answer) & (set(range(32)) - {13})


@pytest.mark.parametrize("version", ["2.3", "2.5", "2.5.1", "2.6"])
@pytest.mark.parametrize("outcome", Outcome)
def test_hl7apy_reads_our_acknowledgements(version: str, outcome: Outcome) -> None:
    header = parse(ADMIT.replace(b"|2.8", f"|{version}".encode())).header
    (answer,) = replies(header, outcome, None if outcome is Outcome.ACCEPTED else ERROR)
    read = parse_message(answer.decode(), find_groups=False)
    assert read.msh.msh_12.to_er7() == version
    assert read.msa.msa_1.to_er7() == f"A{outcome}"

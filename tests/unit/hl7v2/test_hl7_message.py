"""Bytes to segments, fields and components."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.hl7v2.batch import split_batch
from adapters.hl7v2.message import MAX_BYTES, MAX_SEGMENTS, Encoding, parse
from core.errors import Hl7Error, InputError, InputTooLargeError
from tests.conftest import public_data
from tests.unit.hl7v2.hl7_data import ADMIT, FACILITIES, message

CHARSETS = [
    ("8859/1", "latin-1", "Ærø Müller"),
    ("8859/5", "iso-8859-5", "Борис"),
    ("8859/7", "iso-8859-7", "Νίκος"),
    ("8859/15", "iso-8859-15", "5 €"),
    ("US-ASCII", "utf-8", "5"),
    ("UNICODE UTF-8", "utf-8", "Zoë 王"),
    ("GB 18030-2000", "gb18030", "王\U00020087俊"),
    ("GB18030", "gb18030", "陳秀英"),
    ("BIG-5", "big5hkscs", "陳秀英"),
    ("KS X 1001", "euc_kr", "김철수"),
    ("~ISO IR87", "iso2022_jp_2", "山田"),
    ("", "utf-8", "Zoë"),
    ("ASCII", "utf-8", "Zoë"),
]


def test_fields_components_and_repetitions() -> None:
    read = parse(message("PID|1||77^^^WEST&1.2&ISO^MR~78^^^^SS||A&B^C"))
    pid = read.first("PID")
    assert pid
    assert (read.kind, read.control_id, read.sender, read.header.text(1)) == ("ORU^R01", "C1", "LAB|WEST", "|")
    first, second = pid.repetitions(3)
    assert (first.text(1), first.part(4).text(1), first.part(4).text(3)) == ("77", "WEST", "ISO")
    assert (second.text(5), second.text(99), pid.text(99)) == ("SS", "", "")
    assert pid.first(5).part(1).text(2) == "B"
    assert list(pid.valued()) == [1, 3, 5]
    assert read.header.repetitions(2)[0].raw == "^~\\&"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n"])
def test_segment_ends(end: str) -> None:
    read = parse(f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5{end}PID|1{end}PV1|1{end}{end}".encode())
    assert [segment.raw for segment in read.segments[1:]] == ["PID|1", "PV1|1"]


def test_a_line_that_is_no_segment_belongs_to_the_text_before_it() -> None:
    read = parse(message("OBX|1|TX|||first line\nsecond line\nNO|segment", "NTE|1"))
    assert read.segments[1].first(5).whole == "first line\nsecond line\nNO"
    assert len(read.segments) == 3


def test_odd_delimiters() -> None:
    read = parse(b"MSH$!*%?$LAB$W$$$2026$$ADT!A01!ADT_A01$1$P$2.5\rPID$1$$7!!!W*8$$O%T%K!A%S%B?x")
    pid = read.first("PID")
    assert pid
    assert read.kind == "ADT^A01"
    assert [value.text(1) for value in pid.repetitions(3)] == ["7", "8"]
    assert pid.text(5) == "O?K"
    assert (pid.text(5, 2), pid.first(5).part(2).text(2)) == ("A!B", "x")


def test_few_delimiters() -> None:
    read = parse(b"MSH|^|LAB||||2026||ADT^A01|1|P|2.5\rPID|1||7~8\\&9")
    assert read.first("PID").text(3) == "7~8\\&9"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("type_", "event", "kind"),
    [
        ("ADT", "A08", "ADT^A08"),
        ("ADT^A01", "A08", "ADT^A01"),
        ("ADT", "of a day", "ADT"),
        ("ORU", "", "ORU^R01"),
        ("orm", "", "ORM^O01"),
        ("ACK", "", "ACK"),
    ],
)
def test_an_event_that_the_header_lacks(type_: str, event: str, kind: str) -> None:
    header = f"MSH|^~\\&|A|B|C|D|2026||{type_}|1|P|2.1"
    assert parse(message(f"EVN|{event}", header=header)).kind == kind


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", r"a|b^c&d~e\f"),
        (r"1\.br\2\.sp\3", "1\n2\n3"),
        (r"\H\loud\N\ quiet", "loud quiet"),
        (r"\X4F4B\ \XC3A9\ ", "OK é"),
        (r"a\X00\b\X1B0A\c", "ab\nc"),
        (r"1\X0D\2\X0A\3\X0D0A\4\X0D\\X0A\5", "1\n2\n3\n4\n5"),
        (r"\XZZ\ \X4\ C:\temp \q", r"\XZZ\ \X4\ C:\temp \q"),
        (r"\Zown\ ", r"\Zown\ ".strip()),
        (r"by WEST\lind: no\.br\chest pain 5\T\6", "by WEST\\lind: no\nchest pain 5&6"),
        (r"\C2842\\M244A\\T\\P\ ", r"\C2842\\M244A\&\P\ ".strip()),
    ],
)
def test_escapes(escaped: str, text: str) -> None:
    assert parse(message(f"NTE|1||{escaped}")).segments[1].first(3).whole == text


def test_the_mark_of_a_cut_text_has_an_escape_where_the_header_names_it() -> None:
    header = "MSH|^~\\&#|A|B|C|D|2026||ORU^R01|1|P|2.7"
    assert parse(message(r"NTE|1||bed \P\4", header=header)).segments[1].first(3).whole == "bed #4"


@given(st.text(st.characters(exclude_categories=["C"]) | st.sampled_from("\n|^~\\&"), max_size=60))
def test_what_is_escaped_is_read_again(text: str) -> None:
    written = Encoding().escaped(text)
    assert not set(written) & set("\r\n|^~&")
    assert Encoding().unescape(written) == text


@pytest.mark.parametrize(("name", "codec", "text"), CHARSETS)
def test_character_sets(name: str, codec: str, text: str) -> None:
    header = f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||{name}"
    data = f"{header}\rPID|1||7||{text}\r".encode(codec)
    assert parse(data).first("PID").text(5) == text  # type: ignore[union-attr]


CHINESE = "王^小明"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        *((name, "gb18030") for name in ("GB18030-2022", "GBK", "MS936", "CP936", "GB 2312-80", "~GB 18030-2000")),
        *((name, "utf-8") for name in ("GB 18030-2000", "BIG-5", "8859/1", "8859/15", "ASCII~UNICODE UTF-8")),
    ],
)
def test_chinese_is_read_under_the_names_that_senders_use_and_as_utf8_under_any(name: str, codec: str) -> None:
    header = f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||{name}"
    pid = parse(f"{header}\rPID|1||7||{CHINESE}\r".encode(codec)).first("PID")
    assert pid
    assert (pid.text(5), pid.text(5, 2)) == ("王", "小明")


@pytest.mark.parametrize("name", ["8859/1", "8859/15", "8859/2", "WINDOWS-1252", "UNICODE UTF-8", ""])
@pytest.mark.parametrize("codec", ["gb18030", "euc_kr"])
def test_two_byte_text_under_another_name_is_refused_not_read_as_other_letters(name: str, codec: str) -> None:
    header = f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||{name}"
    text = {"gb18030": "王小明", "euc_kr": "김민수"}[codec]
    with pytest.raises(Hl7Error) as caught:
        parse(f"{header}\rPID|1||7||{text}\r".encode(codec))
    assert (caught.value.code, caught.value.location) == (102, "MSH^1^18")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("8859/1", "BLÓÐÞÉTTNI, blóðþéttni, hääyöaie, °°°°°°, ±±±±"),
        ("8859/1", "“quoted” – 5 €"),  # of Windows
        ("8859/1", "ÞÓ^Öö^Çà^Þú^··^°C^1½^m²^«Ä»^·^µg^×½"),
        ("8859/9", "GÖĞÜS, DÜĞÜĞÜ, ŞİŞLİ “x”"),
        ("8859/5", "ЗДРАВСТВУЙТЕ, больной"),
        ("8859/7", "ΑΣΘΕΝΗΣ ασθενής"),
        ("GB 18030-2000", "脥"),  # its two bytes are also one letter of UTF-8
    ],
)
def test_text_in_the_set_that_is_named_is_read_in_it(name: str, text: str) -> None:
    codec = {"8859/1": "cp1252", "8859/9": "cp1254", "GB 18030-2000": "gb18030"}.get(
        name, f"iso-{name.replace('/', '-')}"
    )
    header = f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||{name}"
    pid = parse(f"{header}\rPID|1||7||{text}\r".encode(codec)).first("PID")
    assert pid
    assert pid.raw_field(5) == text


@pytest.mark.parametrize("name", ["8859/1", "8859/9", "WINDOWS-1252"])
@pytest.mark.parametrize("text", ["陈", "胡^Ann", "李^小"])
def test_one_chinese_character_alone_is_refused_where_it_would_be_a_letter_and_a_sign(name: str, text: str) -> None:
    header = f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||{name}"
    with pytest.raises(Hl7Error, match="is not"):
        parse(f"{header}\rPID|1||7||{text}\r".encode("gb18030"))


def test_delimiters_inside_a_two_byte_character_are_none() -> None:
    text = b"\x81\x7c\x82\x5e\x83\x7e\x84\x5c".decode("gb18030")  # second bytes are | ^ ~ and a backslash
    data = f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||GB 18030-2000\rPID|1||7||{text}^X".encode("gb18030")
    pid = parse(data).first("PID")
    assert pid
    assert (pid.text(5), pid.text(5, 2)) == (text, "X")


@pytest.mark.parametrize(("name", "codec", "facility"), FACILITIES)
def test_delimiters_inside_a_character_of_the_header_are_none(name: str, codec: str, facility: str) -> None:
    data = f"MSH|^~\\&|A|{facility}|C|D|2026||ADT^A01|1|P|2.5||||||{name}\rPID|1||7||王\r".encode(codec)
    assert b"|" in facility.encode(codec)
    read = parse(data)
    assert (read.header.text(4), read.control_id, read.encoding.charset) == (facility, "1", codec)


def test_the_sites_character_set_is_read_in_a_header_that_names_none() -> None:
    data = "MSH|^~\\&|A|東區醫院|C|D|2026||ADT^A01|1|P|2.5||||||\rPID|1||7\r".encode("gb18030")
    assert parse(data, default_charset="gb18030").control_id == "1"


def test_the_default_character_set_is_the_sites() -> None:
    data = "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\rPID|1||7||王".encode("gb18030")
    with pytest.raises(Hl7Error) as caught:
        parse(data)
    assert (caught.value.code, caught.value.location) == (102, "MSH^1^18")
    assert parse(data, default_charset="gb18030").first("PID").text(5) == "王"  # type: ignore[union-attr]


def test_null_is_not_empty() -> None:
    pid = parse(message('PID|1||7||""||""^x')).segments[1]
    assert pid.repetitions(5) == []
    assert pid.first(5).is_null
    assert not pid.first(4).is_null
    assert (pid.text(7), pid.text(7, 2)) == ("", "x")
    assert list(pid.valued()) == [1, 3, 5, 7]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", 100),
        (b"PID|1", 100),
        (b"MSH|^", 100),
        (b"MSH|^~\\&|A|B|C|D|E||ADT^A01|1|P|2.5\rOkafor", 100),
        (b"MSHA^~\\&|A|B|C|D|E||ADT^A01|1|P|2.5", 102),
        (b"MSH|^^\\&|A|B|C|D|E||ADT^A01|1|P|2.5", 102),
        (b"MSH|^~\\&$#!|A|B|C|D|E||ADT^A01|1|P|2.5", 102),
        (b"MSH|^~\\&|A|B|C|D|E|||1|P|2.5", 101),
        (b"MSH|^~\\&|A|B|C|D|E||<b>|1|P|2.5", 101),
        (b"MSH|^~\\&|A|B|C|D|E||ADT^A01|1|P|2.5||||||UNICODE UTF-16", 103),
        (b"MSH|^~\\&|A|B|C|D|E||ADT^A01|1|P|2.5||||||UTF-8|\xff", 102),
    ],
)
def test_what_cannot_be_taken_in_says_why(data: bytes, code: int) -> None:
    with pytest.raises(Hl7Error) as caught:
        parse(data)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize("word", ["CNS", "NAD", "ECG", "CVS", "MRI", "HPI", "PTH", "LOC", "AIP", "T12"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_three_capitals_alone_in_a_line_of_a_text_are_a_part_of_it(word: str, end: str) -> None:
    text = f"Chest: clear.{end}{word}{end}New left hemiparesis.{end}{word}{end}PLAN: anticoagulants contraindicated"
    _, report, note = parse(message(f"OBX|1|TX|18842-5^x^LN||{text}||||||F", "NTE|1||x")).segments
    assert report.first(5).whole == text.replace(end, "\n")
    assert (report.text(11), note.first(3).whole) == ("F", "x")


@pytest.mark.parametrize("name", ["NTE", "ORC", "PV1", "ZZZ", "ZX1"])
def test_a_segment_without_fields_is_one(name: str) -> None:
    _, result, bare, patient = parse(message("OBX|1|TX|1||clear||||||F", name, "PID|1||7")).segments
    assert (result.text(11), bare.name, bare.fields[1:], patient.text(3)) == ("F", name, [], "7")


@pytest.mark.parametrize("name", ["CTI", "DRG", "ACC", "ROL", "DB1", "PDA", "PRT", "ARV"])
@pytest.mark.parametrize(
    "before", ["OBX|1|TX|1||clear||||||F", "NTE|1||clear|RE", "DG1|1||I10^Hypertension^I10|||W", "PV1|1|I", "ORC"]
)
def test_a_segment_without_fields_is_one_where_no_text_can_go_on(name: str, before: str) -> None:
    _, first, bare, patient = parse(message(before, name, "PID|1||7")).segments
    assert (first.raw, bare.name, bare.fields[1:], patient.text(3)) == (before, name, [], "7")


@pytest.mark.parametrize("before", ["OBX|1|TX|1||clear", "NTE|1||clear", "NTE|1||clear\rand", "ZTX|1|a|b|c|d|e|clear"])
def test_a_word_alone_in_a_line_goes_on_with_a_text(before: str) -> None:
    _, text, patient = parse(message(before, "CTI", "PID|1||7")).segments
    assert text.raw.endswith("\nCTI")
    assert patient.text(3) == "7"


@pytest.mark.parametrize("name", ["ZZZ", "ZPD", "XYZ", "CNS", "A1B"])
def test_any_name_with_fields_is_a_segment(name: str) -> None:
    _, result, own = parse(message("OBX|1|TX|1||clear||||||F", f"{name}|1|x")).segments
    assert (result.text(11), own.name, own.text(2)) == ("F", name, "x")


@pytest.mark.parametrize("name", ["obx", "Obx", "pid"])
def test_a_name_in_small_letters_is_refused_since_its_fields_would_become_others(name: str) -> None:
    with pytest.raises(Hl7Error, match="not in capitals") as refused:
        parse(message("OBR|1|||CBC", f"{name}|1|NM|HGB||9.1"))
    assert refused.value.code == 100
    assert len(parse(message("OBX|1|TX|1||see", "the|note", "zoe|said so")).segments) == 2


def test_limits() -> None:
    with pytest.raises(InputTooLargeError):
        parse(bytes(MAX_BYTES + 1))
    with pytest.raises(InputTooLargeError):
        parse(message(*["NTE|1"] * MAX_SEGMENTS))


def test_batches() -> None:
    one, two = ADMIT, message("PID|1")
    batch = split_batch(b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + one + two + b"BTS|2\rFTS|1\r")
    assert batch.messages == (one.strip(), two.strip())
    assert (batch.declared, batch.stray) == (2, 0)
    headerless = split_batch(b"\xef\xbb\xbf" + one.replace(b"\r", b"\n") + b"\n\n" + two.replace(b"\r", b"\r\n"))
    assert len(headerless.messages) == 2
    assert (headerless.declared, headerless.stray) == (None, 0)
    framed = split_batch(b"\x0b" + one + b"\x1c\r\x0b" + two + b"\x1c\r")
    assert framed.messages == (one.strip(), two.strip())
    assert split_batch(b"hello").stray == 5
    assert split_batch(b"junk\r" + two).stray == 4


@pytest.mark.parametrize(("charset", "named", "text"), [
    ("utf-8", "UNICODE UTF-8", "胸部X线"), ("gb18030", "GB 18030-2000", "治"), ("latin-1", "8859/1", "«Ça va»"),
])  # fmt: skip
def test_the_last_letter_of_a_message_in_a_batch_is_kept(charset: str, named: str, text: str) -> None:
    one = f"MSH|^~\\&|A|B|C|D|||ORU^R01|1|P|2.5||||||{named}\rPID|1\rOBX|1|TX|1||{text}\r".encode(charset)
    mark = b"\xef\xbb\xbf"
    messages = split_batch(mark + one + mark + one).messages
    assert [parse(each).all("OBX")[0].text(5) for each in messages] == [text, text]


def test_trailers_of_an_envelope_have_its_separator_whatever_the_messages_have() -> None:
    other = ADMIT.replace(b"|", b"#")
    batch = split_batch(b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ADMIT + other + b"BTS|2\rFTS|1\r")
    assert (batch.messages, batch.declared, batch.cut) == ((ADMIT.strip(), other.strip()), 2, False)


def test_a_further_header_with_unusable_delimiters_is_a_message_of_its_own() -> None:
    broken = ADMIT.replace(b"MSH|^~\\&|", b"MSH|^~\\&amp;|")
    first, second = split_batch(ADMIT + broken).messages
    assert parse(first).kind
    with pytest.raises(Hl7Error, match="delimiters"):
        parse(second)


@pytest.mark.parametrize("line", ["MSH-1: retained", "MSH - see above", "MSH|", "BTS-2", "FHS-1", "BHS: x", "FTS (a)"])
def test_a_line_of_a_text_is_no_header(line: str) -> None:
    raw = message(f"OBX|1|TX|1||Repair proteins:\n{line}\nMSH-6: LOST||||||F")
    assert split_batch(raw).messages == (raw.strip(),)
    batch = split_batch(b"FHS|^~\\&|A\rBHS|\r" + raw + ADMIT + b"BTS|2\rFTS|1\r")
    assert (batch.messages, batch.declared) == ((raw.strip(), ADMIT.strip()), 2)


@pytest.mark.parametrize("header", [b"FHS|^~\\&\r", b"FHS|\r", b"BHS#^~!&#A\r", b"BHS|^~\\&#|\r"])
def test_headers_and_trailers_of_batches(header: bytes) -> None:
    trailer = b"BTS" + header[3:4] + b"2\r"
    own = ADMIT.replace(b"|", header[3:4])
    batch = split_batch(header + own + own + trailer)
    assert (batch.messages, batch.declared, batch.stray) == ((own.strip(), own.strip()), 2, 0)


def test_every_public_message_is_read() -> None:
    paths = sorted(public_data("ehr", "hl7v2").glob("*.hl7"))
    for path in paths:
        batch = split_batch(path.read_bytes())
        assert [parse(item).control_id != "" for item in batch.messages] == [True], path.name
        assert batch.stray == 0
    assert len(paths) >= 1


@given(
    st.binary(max_size=200) | st.text(string.printable, max_size=200).map(lambda text: b"MSH|^~\\&|" + text.encode())
)
@example(b"MSH|^~\\&|\\X\\|")
def test_no_bytes_break_it(data: bytes) -> None:
    split_batch(data)
    try:
        read = parse(data)
    except InputError:
        return
    for segment in read.segments:
        for number in segment.valued():
            for value in segment.repetitions(number):
                value.part(2).text(2)
                assert isinstance(value.whole, str)


@given(st.data())
def test_mutated_messages_are_read_or_refused(data: st.DataObject) -> None:
    mutated = bytearray(ADMIT)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(mutated)))
        until = data.draw(st.integers(at, min(len(mutated), at + 12)))
        mutated[at:until] = data.draw(st.binary(max_size=8))
    try:
        told = str(len(parse(bytes(mutated)).segments))
    except InputError as error:
        told = str(error)
    assert "Okafor" not in told

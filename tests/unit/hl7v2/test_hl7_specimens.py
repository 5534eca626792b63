"""Specimens: their condition stands with the results, and messages that begin with them are read in full."""

import pytest

from adapters.fhir.elements import Json
from adapters.hl7v2.to_fhir import Conversion
from knowledge.medical.notes.values.sample import is_spoilt_sample
from tests.unit.hl7v2.hl7_conversion import converted, one, oru, resources
from tests.unit.hl7v2.hl7_data import message

POTASSIUM = "OBX|1|NM|2823-3^Potassium^LN||6.9|mmol/L|3.5-5.1|H|||F"
SODIUM = "OBX|2|NM|2951-2^Sodium^LN||140|mmol/L|||||F"


def spm(number: str, condition: str = "") -> str:
    return f"SPM|1|{number}||BLD{'|' * 20}{condition}"


def notes(conversion: Conversion) -> list[list[str]]:
    found = resources(conversion, "Observation")
    return [[note["text"] for note in observation.get("note", ())] for observation in found]


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("HEM^Hemolyzed^HL70493", ["Specimen condition: Hemolyzed"]),
        ("HEM^^HL70493", ["Specimen condition: Hemolyzed"]),
        ("HEM~CLOT", ["Specimen condition: Hemolyzed, Clotted"]),
        ("H1^Slightly hemolyzed^L", ["Specimen condition: Slightly hemolyzed"]),
        ("", []),
    ],
)
def test_the_condition_of_a_specimen_stands_with_each_of_its_results(condition: str, told: list[str]) -> None:
    assert notes(converted(oru(POTASSIUM, "NTE|1||phoned", SODIUM, spm("S1", condition)))) == [["phoned", *told], told]


def category(conversion: Conversion) -> list[str]:
    concepts = one(conversion, "Observation").get("category", [])
    return [coding["code"] for concept in concepts for coding in concept["coding"]]


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("CH", ["laboratory", "CH"]),
        ("ch", ["laboratory", "CH"]),
        ("RAD", ["imaging", "RAD"]),
        ("DX", ["imaging", "RAD"]),
        ("MR", ["imaging", "NMR"]),
        ("US", ["imaging", "RUS"]),
        ("PATH", ["laboratory", "SP"]),
        ("CYTO", ["laboratory", "CP"]),
        ("EC", ["procedure", "EC"]),
        ("ICU", ["exam", "ICU"]),
        ("OTH", []),
        ("XYZ", []),
        ("", []),
    ],
)
def test_the_section_tells_the_category_of_a_result(section: str, told: list[str]) -> None:
    order = f"OBR|1||F9|718-7^Hb^LN|||20260102{'|' * 17}{section}"
    assert category(converted(message("PID|1||77^^^WEST", order, POTASSIUM))) == told
    in_a_specimen = converted(message("PID|1||77^^^WEST", order, POTASSIUM, spm("S1")))
    assert category(in_a_specimen) == (told or ["laboratory"])
    own = f"{POTASSIUM}{'|' * 18}survey"
    assert category(converted(message("PID|1||77^^^WEST", order, own, spm("S1")))) == ["survey"]


REPORT, LOCAL = (f"OBX|1|TX|{code}||Invasive carcinoma||||||F" for code in ("22637-3^Path^LN", "P^Path^L"))


@pytest.mark.parametrize(
    ("result", "specimen", "told"),
    [
        (REPORT, "TISS", []),
        (REPORT, "BLD", []),
        (LOCAL, "TISS^Tissue^HL70487", []),
        (LOCAL, "X&Skin biopsy^^^Left arm", []),
        (LOCAL, "^^^Left knee", []),
        (LOCAL, "BLD", ["laboratory"]),
        (LOCAL.replace("TX", "ST"), "TISS", ["laboratory"]),
        (POTASSIUM, "TISS", ["laboratory"]),
    ],
)
def test_words_about_tissue_are_not_those_of_a_laboratory(result: str, specimen: str, told: list[str]) -> None:
    order = f"OBR|1||F9|1^x^L|||20260102{'|' * 8}{specimen}"
    assert category(converted(message("PID|1||77^^^WEST", order, result))) == told
    if not specimen.startswith("^"):
        spm = f"SPM|1|S1||{specimen.replace('&', '^')}"
        assert category(converted(oru(result, spm))) == told


@pytest.mark.parametrize("more", [(), (spm("S1"),)])
def test_what_an_order_asks_is_no_result_of_a_laboratory(more: tuple[str, ...]) -> None:
    asked = "OBX|1|ST|FEV^Fever^L||yes||||||F"
    assert category(result("OML^O21", ORC, f"OBR|1|P9||1^Hb^L{'|' * 11}BLD{'|' * 9}CH", asked, *more)) == []


def test_a_potassium_of_a_haemolysed_specimen_is_told_from_others() -> None:
    ((told,), (slight,)) = (notes(converted(oru(POTASSIUM, spm("S1", c))))[0] for c in ("HEM", "H^Slightly hemolyzed"))
    assert is_spoilt_sample([told], of_cells=True)
    assert not is_spoilt_sample([slight], of_cells=True)


def test_a_comment_on_an_order_stands_with_each_of_its_results() -> None:
    other = ("OBR|2||F10|2951-2^Sodium^LN|||20260102", SODIUM)
    group = ("NTE|1||Hemolyzed", "NTE|2||Second line", POTASSIUM, "NTE|1||phoned", SODIUM, *other)
    told = ["Hemolyzed\nSecond line"]
    assert notes(converted(oru(*group))) == [[*told, "phoned"], told, []]
    assert notes(converted(oru(POTASSIUM, "NTE|1||phoned", SODIUM))) == [["phoned"], []]
    assert notes(result("OUL^R22", spm("S1"), OBR, ORC, *group[:3])) == [told]
    assert notes(result("ORM^O01", ORC, OBR, *group[:3])) == [[]]
    assert notes(converted(oru("NTE|1||Hemolyzed", COMMENT))) == [[]]


COMMENT = "OBX|1|TX|1^Comment^L||see note||||||F"
HAEMOGLOBIN = "OBX|1|NM|718-7^Hb^LN||4.9|g/dL|12-16|LL|||F"
PLATELETS = "OBX|1|NM|777-3^Platelets^LN||12|10*3/uL|150-400|LL|||F"


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        (POTASSIUM, ["Specimen hemolyzed"]),
        (POTASSIUM, ["SPECIMEN GROSSLY", "HEMOLYZED"]),
        (POTASSIUM, ["Samples were hemolyzed"]),
        (POTASSIUM, ["Specimen hemolyzed, potassium will be falsely elevated"]),
        (POTASSIUM, ["Specimen hemolyzed, please recollect"]),
        (POTASSIUM, ["Please redraw due to hemolyzed specimen"]),
        (POTASSIUM, ["Redraw recommended: specimen hemolyzed"]),
        (POTASSIUM, ["Repeat specimen hemolyzed"]),
        (POTASSIUM, ["Hemolyzed in all tubes"]),
        (POTASSIUM, ["Hemolyzed", "Phoned to the ward, read back confirmed"]),
        (POTASSIUM, ["Original request by phone. Specimen hemolyzed."]),
        (POTASSIUM, ["Platelets appear clumped", "Specimen hemolyzed"]),
        (POTASSIUM, ["Specimen hemolyzed", "Hemolyzed samples are rejected"]),
        (PLATELETS, ["Platelets appear clumped"]),
        (HAEMOGLOBIN, ["Specimen clotted"]),
    ],
)
def test_a_comment_on_an_order_tells_of_a_spoilt_sample(result: str, lines: list[str]) -> None:
    assert spoilt_by(result, lines)


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        (HAEMOGLOBIN, ["Platelets appear clumped"]),
        (POTASSIUM, ["This specimen was not", "hemolyzed."]),
        (POTASSIUM, ["THIS SPECIMEN WAS NOT", "HEMOLYZED."]),
        (POTASSIUM, ["Hemolyzed specimens will falsely elevate potassium."]),
        (POTASSIUM, ["A hemolyzed specimen will falsely elevate potassium."]),
        (POTASSIUM, ["Lipemic, icteric or hemolyzed samples are rejected by this laboratory"]),
        (POTASSIUM, ["Clotted or hemolyzed blood samples are rejected"]),
        (POTASSIUM, ["Specimens that are hemolyzed are rejected"]),
        (POTASSIUM, ["Recollect: original specimen hemolyzed, this sample is good"]),
        (POTASSIUM, ["REDRAW DUE TO HEMOLYZED SPECIMEN"]),
        (POTASSIUM, ["Replaces hemolyzed specimen"]),
        (POTASSIUM, ["Please note: original specimen hemolyzed"]),
    ],
)
def test_a_comment_on_an_order_that_is_of_other_samples_spoils_nothing(result: str, lines: list[str]) -> None:
    assert not spoilt_by(result, lines)
    assert result is HAEMOGLOBIN or not spoilt_by(result, lines, of_the_result=True)


@pytest.mark.parametrize(("source", "is_told"), [("", True), ("L", True), ("P", False), ("O", False)])
def test_only_a_comment_of_the_laboratory_is_of_its_results(source: str, is_told: bool) -> None:
    assert notes(converted(oru(f"NTE|1|{source}|Hemolyzed", POTASSIUM))) == [["Hemolyzed"] if is_told else []]


def test_many_comments_on_many_results_stay_small() -> None:
    many = [f"NTE|{number}||Comment {number} of the laboratory, at 4.9" for number in range(400)]
    many.append("NTE|400||Specimen hemolyzed")
    conversion = converted(oru(*many, *[POTASSIUM] * 400))
    ((told,), *_) = found = notes(conversion)
    assert len(found) == 400
    assert 1900 < len(told) <= 2000
    assert told.startswith("Specimen hemolyzed\nComment 0 of the laboratory, at 4.9\nComment 1")


def spoilt_by(result: str, lines: list[str], of_the_result: bool = False) -> bool:
    comments = [f"NTE|{number}|L|{line}" for number, line in enumerate(lines)]
    (told,) = notes(converted(oru(result, *comments) if of_the_result else oru(*comments, result)))
    return is_spoilt_sample(told, of_cells=True)


def test_a_condition_is_only_noted_where_it_is_of_the_specimen_of_the_result() -> None:
    two = (spm("S1"), spm("S2", "HEM"))
    assert notes(converted(oru(POTASSIUM, *two))) == [[]]
    named = [f"{POTASSIUM}{'|' * 22}{number}" for number in ("S1", "S2", "S3")]
    assert notes(converted(oru(named[0], *two))) == [[]]
    assert notes(converted(oru(named[1], *two))) == [["Specimen condition: Hemolyzed"]]
    assert notes(converted(oru(named[2], *two))) == [[]]
    other = "OBR|2||F10|2951-2^Sodium^LN|||20260102"
    assert notes(converted(oru(POTASSIUM, spm("S1", "HEM"), other, SODIUM))) == [["Specimen condition: Hemolyzed"], []]


def result(kind: str, *segments: str) -> Conversion:
    header = f"MSH|^~\\&|POCT|WEST|R1|R1|20260102||{kind}|C1|P|2.5"
    return converted(message("PID|1||77^^^WEST", *segments, header=header))


ORC, OBR = "ORC|RE|P9|F9", "OBR|1|P9|F9|2823-3^Potassium^LN|||202601020800||||||||||||||||||F"


@pytest.mark.parametrize(
    ("kind", "segments"),
    [
        ("ORU^R30", (ORC, OBR, POTASSIUM)),
        ("ORU^R31", (ORC, OBR, POTASSIUM)),
        ("ORU^R32", (ORC, OBR, POTASSIUM)),
        ("OUL^R21", (ORC, OBR, POTASSIUM)),
        ("OUL^R22", (spm("S1", "HEM"), OBR, ORC, POTASSIUM)),
        ("OUL^R23", (spm("S1", "HEM"), "SAC|||C1", OBR, ORC, POTASSIUM)),
        ("OUL^R24", (OBR, ORC, spm("S1", "HEM"), POTASSIUM)),
    ],
)
def test_results_of_the_bedside_and_of_specimens_are_read_in_full(kind: str, segments: tuple[str, ...]) -> None:
    conversion = result(kind, *segments)
    usual = result("ORU^R01", ORC, OBR, POTASSIUM)

    assert conversion.known
    categories = category(conversion)

    def found(of: Conversion) -> Json:
        apart = ("category", "note", "meta")
        return {name: value for name, value in one(of, "Observation").items() if name not in apart}

    assert found(conversion) == found(usual)
    assert categories == (["laboratory"] if kind.startswith("OUL") else [])
    report, order = one(conversion, "DiagnosticReport"), one(conversion, "ServiceRequest")
    assert (report["status"], len(report["result"])) == ("final", 1)
    assert order["identifier"] == one(usual, "ServiceRequest")["identifier"]
    if "SPM" in segments[0] + segments[2]:
        assert notes(conversion) == [["Specimen condition: Hemolyzed"]]
        assert len(report["specimen"]) == 1
    assert set(conversion.unmapped) - set(usual.unmapped) <= {"SAC-3"}


def test_each_specimen_has_its_own_orders() -> None:
    second = OBR.replace("P9|F9", "P8|F8")
    conversion = result("OUL^R22", spm("S1", "HEM"), OBR, ORC, POTASSIUM, spm("S2"), second, POTASSIUM)

    assert notes(conversion) == [["Specimen condition: Hemolyzed"], []]
    first, last = (report["specimen"] for report in resources(conversion, "DiagnosticReport"))
    assert len(first) == len(last) == 1
    assert first != last

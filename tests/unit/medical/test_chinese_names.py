import re
from pathlib import Path

from adapters.fhir import observations
from knowledge.medical import chinese_names as module
from knowledge.medical.chinese_names import chinese_names
from knowledge.medical.common import load_common
from tests.named_findings import named_findings

_ROWS = [
    line.split("\t") for line in (Path(module.__file__).with_name("chinese_names.tsv")).read_text("utf-8").splitlines()
]
_NAME = re.compile(r"[\u4e00-\u9fffA-Za-z0-9α-ωⅠ-Ⅻ、（）·\-+/%°℃]{1,24}")


def test_every_finding_of_ours_and_five_hundred_of_hpo_have_a_chinese_name_of_their_own() -> None:
    codes, english, chinese = zip(*_ROWS, strict=True)
    assert len(set(codes)) == len(_ROWS)
    of_hpo = [name for code, _, name in _ROWS if code.startswith("HP:")]
    assert len(set(of_hpo)) == len(of_hpo)
    assert len(set(zip(english, chinese, strict=True))) == len(set(english))  # one name for one wording
    assert sum(code.startswith("HP:") for code in codes) >= 500
    ours = {finding.id: finding.name for finding in load_common().findings.values()}
    assert {code: name for code, name, _ in _ROWS if code in ours} == ours
    assert [name for name in chinese if not (_NAME.fullmatch(name) and re.search(r"[\u4e00-\u9fff]", name))] == []


def test_what_conditions_rest_on_is_named() -> None:
    known = chinese_names()
    common = load_common()
    conditions = {ref.label for ref in named_findings(common)}
    assert sorted(conditions - known.keys()) == []
    assert known["Fever"] == "发热"


def test_every_finding_of_a_result_is_named() -> None:
    told = Path(observations.__file__).with_name("loinc.toml").read_text("utf-8")
    labels = re.findall(r'"HP:\d{7} ([^"]+)"', told)
    assert len(labels) > 50
    assert sorted(set(labels) - chinese_names().keys()) == []

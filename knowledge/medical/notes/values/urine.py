"""Tests of the urine as Chinese laboratories print them: ``尿常规：蛋白(++)，红细胞 20～30/HP，白细胞(-)``.

English dipsticks are read by :mod:`.dipsticks`; without a list, these are among the tests of :mod:`.analyte_table`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...case import Status
from ...codes import code_of
from ..scan import PatternScan


class _Test(NamedTuple):
    """A test: how it is named in a list, what a positive result stands for, and the most cells per field."""

    names: str
    finding: str
    most: int = 0


_TESTS = (
    _Test(r"(?<!白)(?<!球)蛋白质?|PRO", "HP:0000093 Proteinuria"),
    _Test(r"[隐潜]血|BLD|红细胞|RBC", "HP:0000790 Hematuria", 3),
    _Test(r"白细胞|脓细胞|WBC|LEU", "HP:0012085 Pyuria", 5),
    _Test(r"葡萄糖|糖|GLU", "HP:0003076 Glycosuria"),
    _Test(r"酮体?|KET", "HP:0002919 Ketonuria"),
)
_CODES = tuple(code_of(test.finding) for test in _TESTS)
_NAMES = "|".join(f"(?P<test{number}>{test.names})" for number, test in enumerate(_TESTS))
_SCAN = PatternScan(
    [
        re.compile(
            r"(?:尿|小便)(?:常规|检查?|液分析|液检查|沉渣|化验)|尿液?[:：]|尿(?=葡萄糖|蛋白|[隐潜]血|[红白脓]细胞|糖|酮|[A-Z]{3})"
        )
    ]
)
_REST = re.compile(  # the list, up to another test
    r"(?:(?!血常规|血[红白清钾钠肌尿糖浆气WHP]|生化|[肝肾]功|[大粪]?便常规|脑脊液|腰穿|(?:WBC|白细胞)\D{0,3}\d[\d.]*\s?[×x*]|"
    r"Hb|CRP|ESR|血沉|[BC][超T]|超声|心电图|胸片)[^。；;\n]){0,160}"
)
_RESULT = re.compile(
    rf"(?:{_NAMES})(?:定性)?\s?[:：]?\s?(?:(?P<positive>[(（]\s?[+＋]{{1,4}}\s?[)）]|[1-4]\s?[+＋]|[+＋]{{1,4}}|[弱强]?阳性|满视野|满布|成堆)|"
    r"(?P<negative>[(（]\s?[-－−]\s?[)）]|阴性|[-－−](?!\d))|"
    r"(?:约|计数)?\s?[>＞]?\s?(?P<least>\d{1,4})(?:\s?[-－–~～至]\s?\d{1,4})?\s?个?/\s?(?:HPF?|高倍))",
)


def urine_results(text: str) -> Iterator[tuple[int, int, str, Status]]:
    """Offsets, code and status of each result."""
    read = 0
    for _, head in _SCAN.find(text):
        if head.start() < read:  # named again in what is read already
            continue
        rest = _REST.match(text, head.end())
        read = rest.end() if rest else head.end()
        for result in _RESULT.finditer(text, head.end(), read):
            number = next(n for n in range(len(_TESTS)) if result[f"test{n}"])
            cells = result["least"]
            if cells is not None and not (most := _TESTS[number].most):
                continue
            is_positive = int(cells) > most if cells else result["positive"] is not None
            yield *result.span(), _CODES[number], Status.PRESENT if is_positive else Status.ABSENT

"""What a result without a LOINC code is of, by its name in words: those by which values are read in notes.

Most laboratories outside the United States send codes of their own: ``WBC 白细胞计数``, ``K Potassium``.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from knowledge.medical.case import Status
from knowledge.medical.codes import code_of
from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.characters import plain
from knowledge.medical.notes.values.analyte import TEST_ZH
from knowledge.medical.notes.values.analyte_table import ANALYTES
from knowledge.medical.notes.values.fluids import names_fluid
from knowledge.medical.notes.values.measurements import IN_FLUIDS
from knowledge.medical.notes.values.quantities import SYNTAXES
from knowledge.medical.notes.values.ranges import findings_beyond, normal_of_adults

from .elements import Json, inner, shown_unit
from .measurements import measured
from .observations import ResultRule, result_rules, result_table, sides

_ANY = ResultRule("", "", "", ())
_LONGEST = 80  # characters of a name
_MARKS = re.compile(r"^[*★☆▲△●#\s]+")  # of tests that other hospitals accept
_SHORT = re.compile(r"\s?[(\[][\w+\-./ ]{1,16}[)\]]$", re.ASCII)  # "血红蛋白(HGB)", not "葡萄糖(尿)"
_SAMPLE = re.compile(
    r"^(?:(?:血清|血浆|全血|静脉血?|动脉血?|末梢血?|指血|空腹|随机|[超高]敏感?|总|血|γ-?)+|"
    r"(?:(?:total|serum|plasma|whole|blood|venous|arterial|capillary|fasting|random|high[- ]sensitivity|hs)[ -])+)",
    re.IGNORECASE,
)
_TEST = re.compile(
    rf"(?:{TEST_ZH}|检测|[ ,](?:count|level|concentration|conc\.?|estimation|measurement))$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class NamedTest:
    """What a name stands for: a quantity, the findings of a low or a high result, or both."""

    quantity: Quantity | None
    rule: ResultRule | None


@lru_cache(maxsize=4096)
def named_test(name: str) -> NamedTest | None:
    """The test of blood, or the vital sign, with this name; None for any other name, and for a test of another fluid.

    Args:
        name: all of it, in English or Chinese.
    """
    whole = _MARKS.sub("", plain(unicodedata.normalize("NFKC", name)).strip())
    if not whole or len(whole) > _LONGEST or names_fluid(whole):
        return None
    forms = [whole, _SHORT.sub("", whole)]
    forms += [_SAMPLE.sub("", form) for form in forms]
    forms += [_TEST.sub("", form) for form in forms]
    forms += [f"血{form}" for form in forms]  # in notes, calcium alone may be a tablet
    return next((test for form in forms for names, test in _table() if names.fullmatch(form)), None)


def is_of_blood(part: Json, quantity: Quantity) -> bool:
    """Whether a value may be of blood: 0.2 leukocytes, or a pH of 6.8, are not where the laboratory does not call them
    low."""
    if quantity not in IN_FLUIDS:
        return True
    value = measured(part, quantity)
    if value is None:
        return not shown_unit(inner(part.get("valueQuantity")))
    least, _ = normal_of_adults(quantity)
    is_low, _ = sides(part, _ANY)
    return is_low is not Status.ABSENT or value >= least


@cache
def _table() -> list[tuple[re.Pattern[str], NamedTest]]:
    quantities = dict.fromkeys(syntax.quantity for syntax in SYNTAXES)
    tests = {quantity: NamedTest(quantity, _rule_of(quantity)) for quantity in quantities}
    found = [(re.compile(syntax.names, re.IGNORECASE), tests[syntax.quantity]) for syntax in SYNTAXES]
    for analyte in ANALYTES:
        below, above = map(code_of, (analyte.below, analyte.above))
        is_yes_or_no = not (analyte.scales or analyte.is_a_level)
        rule = ResultRule(below, above, above if is_yes_or_no else "", ())
        found.append((re.compile(analyte.names, re.IGNORECASE), NamedTest(None, rule)))
    return found


def _rule_of(quantity: Quantity) -> ResultRule | None:
    """As for the LOINC codes of the quantity; of one that has none in the table, from the ranges of notes."""
    for row in result_table():
        if row.get("quantity") == quantity:
            return next((rule for code in row["loinc"] if (rule := result_rules().get(code))), None)
    below, above = findings_beyond(quantity)
    return ResultRule(below, above, "", ())

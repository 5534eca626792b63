"""A peak flow of at most half of the patient's best or predicted one: acute severe asthma.

After the guideline of the British Thoracic Society, NICE and the Scottish Intercollegiate Guidelines Network
(https://rightdecisions.scot.nhs.uk/asthma-pathway-bts-nice-sign-sign-244/managing-acute-asthma/), which calls less than
a third life-threatening.
"""

import re
from collections.abc import Iterator

from ...codes import code_of

ACUTE_SEVERE_ASTHMA = code_of("HP:0012653 Status asthmaticus")
_MOST = 50  # percent
_NAME = r"(?:\b(?:peak (?:expiratory )?flow(?: rate)?|PEFR?)\b|呼气峰流速|峰流速|呼气流量峰值)"
_LINK = r"(?:[\s:：=,，~≈<约为]|\b(?:is|was|of|now|today|only|at|down to)\b){0,6}"
_CHANGE = (  # a change or a former value: neither is a share of the best
    r"(?!\s*(?:below|less|lower|higher|above|diurnal|variab|variation|drop\b|fall\b|decrease\b|reduction|increase\b|"
    r"improvement|reversib|(?:(?:of )?(?:(?:his|her) )?(?:best |predicted )?)?last (?:year|month)|变异))"
)
_PEAK_FLOW = re.compile(  # "plan: peak flow < 50% call 999" is advice
    rf"(?<!plan: ){_NAME}{_LINK}(?:(?:\d{{2,3}}(?:\s?L ?/ ?min)?\s?[(（,]\s?)?(?P<share>\d{{1,3}})\s?[%％]{_CHANGE}|"
    r"(?P<flow>\d{2,3})(?:\s?L ?/ ?min)?"
    r"(?:\s?/\s?|[\s(（,，;]{1,3}(?:(?:(?:his|her|usual|personal|previous|normally)\s){0,2}"
    r"(?:best|predicted|usual|normal(?:ly)?)|最佳值?|预计值?)[\s:：=]{0,2}(?:is\s|was\s|of\s)?)"
    r"(?P<best>[1-9]\d{2})\b)",
    re.IGNORECASE,
)


def low_peak_flows(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and code of each."""
    for match in _PEAK_FLOW.finditer(text):
        if match["share"] is not None:
            share = float(match["share"])
        else:
            share = 100 * float(match["flow"]) / float(match["best"])
        if share <= _MOST:
            yield *match.span(), ACUTE_SEVERE_ASTHMA

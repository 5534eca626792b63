"""Whether a value is of urine, spinal fluid or another fluid and not of the blood."""

import re

_EFFUSION = "(?:胸水|腹水|胸腔积液|腹腔积液|关节液)"
_FLUID = (
    r"urin(?:e|ary)|CSF|(?:(?:cerebro)?spinal|pleural|ascitic|synovial|peritoneal)(?: fluid)?|fluid|"
    r"(?<!marrow )aspirate|sweat|dialysate|(?:PD )?effluent|"
    rf"尿|脑脊液|透析液|{_EFFUSION}"
)
_OF_FLUID = re.compile(rf"(?:{_FLUID})中?\s*$", re.IGNORECASE)
_FLUID_BEHIND = re.compile(rf"\s?[(（](?:{_FLUID}|drain)[)）]", re.IGNORECASE)
_DIALYSATE = re.compile(  # with only other values in between: its potassium and calcium are set, not measured
    r"(?:\bdialysate|透析液)[:：]?\s?(?:(?:K|Ca|Na|Mg|bicarb(?:onate)?|HCO3|glucose|钾|钙|钠)[+\d]{0,3}\s?\d+(?:\.\d+)?\s?"
    r"(?:mmol/L\s?)?[,，、/]?\s?){0,6}$",
    re.IGNORECASE,
)
_SALT = re.compile("(?:K|Ca|Na|Mg|HCO3)(?![a-z])|bicarb|gluc|potas|calc|sod|mag|血?[钾钙钠]", re.IGNORECASE)
_DRAINED = re.compile(r"\bdrain\s+$", re.IGNORECASE)
_IN_DRAINS = re.compile(r"(?:amylase|lipase|T?-?bil|total bili|creat|urea|triglyc)", re.IGNORECASE)
_FLUID_HEAD = re.compile(
    rf"(?:\b(?:urinalysis|UA|U/A|(?:urine )?dip(?:stick)?|{_FLUID})\s*(?::|showed|shows?|with|was|is|positive for)|"
    rf"(?:尿|大?便|粪便?)(?:常规|检)|尿(?:液分析|沉渣)|尿液?(?:检查|化验)?[:：]|脑脊液|{_EFFUSION}(?:常规|检查|生化|化验|[:：]))"
    r"(?:[^.;。；\n]|\.\d)*$",
    re.IGNORECASE,
)
_FLUID_LINE = re.compile(  # a heading, and the lines with results below it
    r"(?:\A|(?<=\n)|(?<=[.;。；]))[ \t*#>-]{0,4}"
    r"(?:(?:urin(?:e|alysis)|U/?A|dip(?:stick)?)(?: (?:dip(?:stick)?|micro(?:scopy)?|analysis|tests?|results?|MC&?S))?|"
    r"尿(?:液|常规|检|液?分析|液?检查|液?化验)*)[ \t]{0,4}[:：]?[ \t]{0,4}\n"
    r"(?:(?=[^\n]{0,60}(?:\d|neg|nil|pos|[阴阳]性))[^\n]{1,80}\n){0,12}[^\n]{0,80}\Z",
    re.IGNORECASE,
)
_FIELD = re.compile(r"\s?(?:[-–~～至]\s?\d{1,4}\s?)?/\s?(?:[HL]PF?\b|高倍|低倍)", re.IGNORECASE)
"""Behind a number: cells in a field of a microscope, which shows no blood."""
_NAME_OF_FLUID = re.compile(rf"(?<![A-Za-z])(?:urinalysis|UA|U/A|dip(?:stick)?|{_FLUID})", re.IGNORECASE)
_NO_BLOOD = re.compile(
    r"\b(?:stool|fa?eces|fa?ecal|sputum|saliva|swab|drain(?:age)?|lavage|amniotic|semen|seminal|gastric|bile|tissue)\b|"
    r"粪|大便|痰|唾液|拭子|引流|灌洗|羊水|精液|分泌物|胃液|胆汁|穿刺液|积液|胸水|腹水",
    re.IGNORECASE,
)
_OF_UREA = re.compile("(?i)尿[素酸肽]|urea|uric")  # substances of blood
_URINE = re.compile("ur|UA|U/A|dip|尿", re.IGNORECASE)
_TAP = (
    r"\b(?:CSF|LP|lumbar puncture|(?:pleural|ascitic|synovial|peritoneal|joint|knee) (?:fluid|tap|aspirate)|"
    # what follows may be of the blood, unless the fluid is described
    r"pleural effusion (?:[LR] |left |right )?(?:tapped|drained|aspirated)"
    r"(?=[\s:(-]{1,3}(?:\d[\d.]*\s?(?:m?[lL]|litres?)\s(?:of\s)?)?"
    r"(?:clear|cloudy|turbid|blood|straw|pus|purulent|milky|protein|LDH))|"
    r"(?:thora|para|arthro)centesis)\b"
)
_TAPPED = re.compile(  # directly before a value, or with what was found in it: not "LP declined, WCC 15"
    rf"{_TAP}[\s:(-]{{0,3}}(?:\d[\d.]*\s?(?:m?[lL]|litres?)\s(?:of\s)?)?"
    r"(?:(?:results?|today|yesterday|done|analysis|sent|showed|shows|with)[\s:-]{1,3}){0,2}(?:$|"
    r"(?:\d[\d,.]* (?=white|red|cells|[WR]BC|[WR]CC|leu[ck]|lymph|neut|poly|PMN))?"
    r"(?:clear|cloudy|turbid|blood(?:y|-?\s?stained)|straw\w*|colou?rless|xanthochrom\w*|pus|purulent|milky|opening|OP|"
    r"protein|glucose|pH|WCC|WBC|RCC|RBC|white|red|cells?|neut\w*|poly\w*|PMN\w*|lymph\w*|LDH|albumin|amylase|lactate|"
    r"culture|gram)(?![A-Za-z])(?:[^.;。；\n]|\.\d)*$)",
    re.IGNORECASE,
)
_BLOOD = re.compile(
    r"(?:serum|blood(?!y|-?\s?stain)|plasma|capillary|finger-?stick|venous|arterial|血)[^,，]*$|"
    r"\b(?:bloods|FBC|[AV]BG|BP|HR|GCS|obs|BM|C?BG|BGL|BSL)\b|10[\^*]{0,2}[9⁹] ?/L",
    re.IGNORECASE,
)


def names_fluid(words: str) -> bool:
    """Whether the name of a sample, of a test or of a group of tests names something else than blood."""
    words = _OF_UREA.sub("", words)
    return _NAME_OF_FLUID.search(words) is not None or _NO_BLOOD.search(words) is not None


def is_of_fluid(match: re.Match[str], in_lists: bool) -> bool:
    """Whether a value is of urine or another fluid, named beside it or, if ``in_lists``, at the head of a list."""
    text, start = match.string, match.start()
    before = text[max(0, start - 120) : start]
    head = _TAPPED.search(before) or _FLUID_HEAD.search(before) or _FLUID_LINE.search(text, max(0, start - 400), start)
    listed = in_lists and head is not None and not _BLOOD.search(head.string[head.start() : head.endpos] + match[0])
    named = _OF_FLUID.search(before) or _is_of_bath(match[0], before) or _FLUID_BEHIND.match(text, match.end())
    return listed or bool(named) or _FIELD.match(text, match.end()) is not None or is_of_drain(match)


def is_of_no_urine(text: str, start: int) -> bool:
    """Whether the finding at ``start`` is of a fluid other than urine, the last one named in its sentence."""
    before = text[max(0, start - 120) : start]
    head = _TAPPED.search(before) or _FLUID_HEAD.search(before) or _OF_FLUID.search(before)
    if head is None:
        return False
    *_, named = _NAME_OF_FLUID.findall(before, head.start()) or [""]
    return _URINE.match(named) is None


def _is_of_bath(value: str, before: str) -> bool:
    """Whether a value is set in a dialysate; one listed a second time, or not of a salt, is the patient's."""
    listed, name = _DIALYSATE.search(before), _SALT.match(value)
    return listed is not None and name is not None and f" {name[0]}".lower() not in listed[0].lower()


def is_of_drain(match: re.Match[str]) -> bool:
    """Whether a value was measured in a drain's fluid; never one that bleeding into the drain changes."""
    before = match.string[max(0, match.start() - 12) : match.start()]
    return _DRAINED.search(before) is not None and _IN_DRAINS.match(match[0]) is not None

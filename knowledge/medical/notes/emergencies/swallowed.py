"""Swallowed things that burn or pierce the gullet or get into the lungs: corrosives, batteries, magnets, fuel."""

import re
from collections.abc import Iterator

from ...codes import code_of

SWALLOWED = code_of("R1:0736 Corrosive, battery, magnets or fuel swallowed")

_THING = (
    r"(?:(?:(?:drain|oven|toilet|loo|bathroom|brick) (?:cleaner|cleaning \w+|opener|unblocker|acid)|drano|bleach|lye|"
    r"caustic(?: soda)?|descaler|rust remover|(?:battery|sulph?uric|sulfuric|hydrochloric|muriatic) acid|"
    r"(?:laundry|dishwasher|washing|detergent) (?:pod|tablet|capsule)s?|liquitabs?|"
    r"(?:lithium |button |disc |coin |watch |hearing[- ]aid )?(?:cell )?batter(?:y|ies)|magnets?|"
    r"magnetic (?:bead|ball)s?|lamp oil|paraffin|kerosene|white spirit|turpentine|turps|petrol|gasoline|lighter fluid|"
    r"paint thinner)\b)"
)
_SWALLOWED = re.compile(
    r"\b(?:drank|drunk|drinking|swallow(?:ed|ing)?|ingest(?:ed|ing|ion of)|(?:sips?|gulps?|mouthfuls?) of)\s"
    rf"(?:(?!(?:while|with|near|beside|after|before|and|from|for|like)\b)[^\s.,;]{{1,12}}\s){{0,5}}?{_THING}"
    r"|\b(?:button|disc|coin) (?:cell )?batter(?:y|ies) (?:was )?"
    r"(?:ingestion|swallowed|impact\w+|lodged|in (?:the |his |her )?(?:o?esophagus|gullet|stomach|throat|nose|nostril))"
    r"|\b(?:caustic|corrosive|alkali|bleach|magnet|battery|hydrocarbon) ingestion\b"
    r"|(?:误[吞喝服食咽饮]|口服|自服|吞[服食下]?|喝下?|咽下|饮)了?(?:(?!水|药)[^，,。；;\n]){0,8}?"
    r"(?:电池|磁铁|磁力[珠球]|巴克球|洁厕[灵剂液净精]|疏通剂|漂白[水粉剂]|84消毒液|强[酸碱]|硫酸|盐酸|烧碱|火碱|氢氧化钠|除垢剂|"
    r"洗衣凝珠|煤油|汽油|灯油|松节油|稀料|香蕉水)",
    re.IGNORECASE,
)


def swallowed(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and code of each."""
    for match in _SWALLOWED.finditer(text):
        yield *match.span(), SWALLOWED

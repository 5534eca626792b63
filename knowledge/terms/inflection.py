"""Forms of the same word: British and American spelling, plurals and singulars."""

import re
from functools import lru_cache

_IRREGULAR = {
    "apices": ("apex",),
    "axes": ("axis", "axe", "ax"),
    "children": ("child",),
    "feet": ("foot",),
    "geese": ("goose",),
    "lice": ("louse",),
    "mice": ("mouse",),
    "ova": ("ovum",),
    "people": ("person",),
    "teeth": ("tooth",),
    "testes": ("testis",),
}
_PLURALS = (  # plural ending, possible singular endings, and the least number of letters before it
    ("ies", ("y", "ie"), 2),
    ("ves", ("f", "fe"), 2),
    ("ses", ("sis",), 2),
    ("es", ("",), 3),
    ("s", ("",), 3),
    ("zzes", ("z",), 2),
    ("men", ("man",), 0),
    ("ae", ("a",), 3),
    ("i", ("us",), 3),
    ("a", ("um",), 3),
    ("ia", ("ion",), 4),
    ("mena", ("menon",), 2),
    ("zoa", ("zoon",), 2),
    ("mina", ("men",), 3),
    ("mata", ("ma",), 3),
    ("ices", ("ix", "ex"), 3),
    ("oraces", ("orax",), 2),
    ("ynges", ("ynx",), 2),
    ("langes", ("lanx",), 2),
    ("itides", ("itis",), 2),
)
_NO_PLURALS = frozenset({"alumina", "ammonia", "india", "magnesia"})  # end like plurals but are none
_SPELLINGS = tuple(
    (re.compile(british), american)
    for british, american in (  # "four" and "prise" are words of one syllable and stay
        (r"([aeiouy][^aeiouy]*)our(?=$|s$|al|ed|ing|able|ite)", r"\1or"),
        (r"([aeiouy].*)is(?=(?:e[ds]?|ers?|ing|ations?)$)", r"\1iz"),
        (r"lys(?=(?:e[ds]?|ers?|ing)$)", "lyz"),
        (r"([bt]|ch|g)(?<!mb)re(s?)$", r"\1er\2"),
        (r"([aeiouy][^aeiouy]*[ae]l)l(?=(?:ed|ing|ers?|ors?)$)", r"\1"),
        (r"llment(?=s?$)", "lment"),  # here the British form is shorter
        (r"dgement(?=s?$)", "dgment"),
        (r"(ef|ff)ence(?=s?$)", r"\1ense"),
        (r"^licence(?=[ds]?$)", "license"),
        (r"^cheque(?=s?$)", "check"),
        (r"gramme(?=s?$)", "gram"),
    )
)


@lru_cache(maxsize=100_000)
def american(word: str) -> str:
    """A word in American spelling; some words come out odd, but always the same.

    Args:
        word: in lower case.
    """
    for british, spelling in _SPELLINGS:
        word = british.sub(spelling, word)
    return word.replace("ae", "e").replace("oe", "e") if len(word) > 5 else word


def singulars(word: str) -> tuple[str, ...]:
    """Candidate singulars of a word, right or not: "axes" gives "axis", "axe" and "ax"; often none.

    Args:
        word: in lower case.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _NO_PLURALS or word.endswith("ss"):
        return ()
    return tuple(
        word.removesuffix(ending) + becomes
        for ending, singular, least in _PLURALS
        if word.endswith(ending) and len(word) >= len(ending) + least
        for becomes in singular
    )

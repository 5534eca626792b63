"""How words are compared: by a crude stem, and by the senses in which HPO uses words interchangeably."""

import re
from collections.abc import Iterable
from functools import lru_cache

_SAME_SENSE = {  # stem -> the stem it is compared as; only words that HPO itself uses interchangeably
    "anomal~": "abnorm",
    "malform": "abnorm",
    "malform^": "abnorm",
    "defect": "abnorm",
    "renal": "kidney",
    "cardiac": "heart",
    "hepat~": "liver",
    "ocular": "eye",
    "faci": "fac",
    "cutaneous": "skin",
    "dent": "tooth",
    "teeth": "tooth",
    "feet": "foot",
    "gastr~": "stomach",
    "crani": "skull",
    "cerebr": "brain",
    "ophthalm~": "eye",
    "rais": "increas",
    "reduc": "decreas",
    "diminish": "decreas",
    "absenc": "absent",
    "agenesis": "absent",
    "aplas~": "absent",
    "underdevelop": "hypoplas~",
    "shorten": "short",
    "broad": "wide",
    "broaden": "wide",
    "widen": "wide",
    "retard": "delay",
    "retard^": "delay",
    "deform^": "deform",
    "neoplasm": "tumor",
    "neoplas~": "tumor",
}
_FAMILIES = (  # endings that mark forms of one word, and what they become
    (("alities", "ality"), "", 5),
    (("ations", "ation", "ated", "ates", "ate", "ions", "ion", "ive"), "^", 4),
    (("osis", "oses", "otic"), "os", 3),
    (("plasias", "plasia", "plastic"), "plas~", 1),
    (("nesses", "ness"), "", 4),
    (("ings", "ing"), "", 4),
    (("ities", "ity"), "", 4),
    (("ically", "ical", "ics", "ic", "ias", "iae", "ia", "ies", "ys", "y"), "~", 4),
    (("ements", "ement", "ments", "ment"), "", 4),
    (("ed", "es", "al", "als", "e", "s"), "", 4),
)
_UNTOUCHED = frozenset({"loss", "mass", "gas", "pus", "pes", "lens"})
_ENDINGS = tuple(  # of stems; at least four letters remain
    (re.compile(rf"(?<=\w{{{letters}}})(?:{endings})$"), becomes)
    for endings, becomes, letters in (
        ("ysis|yse|yt~", "ys", 2),  # metaphyses, metaphyseal; paralytic
        ("itis|itid|it~", "it", 2),  # arthritides, arthritic
        (r"is\^?|iz\^?", "iz", 4),  # generalised
        ("(?<!macul)(?:ar|a)|um", "", 4),  # patellar, patella; cerebellar, cerebellum
    )
)
_SENSES = {  # result of _ENDINGS -> what it is compared as; only words that HPO itself uses interchangeably
    old: new
    for new, words in {
        "absent": "agenes miss",
        "arter~": "arteri",
        "body": "bodi",
        "centr": "center",
        "connect^": "connex^",
        "cortex": "cort~",
        "decreas": "reduct^",
        "delay": "dela~",
        "dilat": "dilat^",
        "disk": "disc",
        "dist": "termin",
        "duplic^": "doubl",
        "edema": "edem",
        "face": "fac",
        "femur": "femor",
        "fiber": "fibr",
        "fontanel": "fontanell",
        "flat": "flatten",
        "gastrointestin": "gi",
        "goiter": "goitr",
        "gray": "grey",
        "gum": "gingiv",
        "hear": "auditor~",
        "hallux": "halluc",
        "helix": "helic",
        "hemorrhag": "bleed hemorrhag~",
        "humer": "humerus",
        "hypoplas~": "hypotroph~",
        "increas": "elev^",
        "kidne~": "kidney",
        "intestin": "bowel",
        "limb": "extrem",
        "lip": "labi",
        "lung": "pulmonar~ pulmon~",
        "mandibl": "mandibul",
        "muscl": "muscul musculatur",
        "nose": "nasal",
        "nostril": "nare naris",
        "opac": "opacific^",
        "pancre": "pancreat~",
        "phalanx": "phalang phalange",
        "pituitar~": "hypophysi",
        "recurrent": "frequent",
        "skull": "crani",
        "spleen": "splen~",
        "sulf^": "sulph^",
        "supernumerar~": "extr accessor~",
        "te": "tes",  # toe, toes
        "tear": "lacrim",
        "thick": "thicken",
        "tongu": "lingu",
        "ulna": "ulnar",
        "urin": "urinar~",
        "ventricl": "ventricul",
        "vessel": "vascul vasculatur",
        "vision": "visu",
        "width": "breadth",
        "1st": "first",
        "2nd": "second",
        "3rd": "third",
        "4th": "fourth",
        "5th": "fifth",
        "2": "ii",
        "3": "iii",
    }.items()
    for old in words.split()
}
_NEAR_SENSES = {
    # As _SENSES, but HPO distinguishes them elsewhere: they count only if no term has the exact words. Most are
    # differences between two wordings of one term, in four terms or more.
    word: group.split()[0]
    for group in (
        "small hypoplas~",
        "larg big enlarg hypertroph~ hyperplas~ overgrowth",
        "impair poor dysfunct^ loss",
        "failur insufficienc~ regurgit^",
        "focal parti localiz",
        "increas high",
        "decreas low deficienc~",
        "atroph~ wast degener^",
        "edema swell puffi",
        "paralys pals~",
        "abnorm deform disorder disturbanc diseas issu",
        "delay late",
        "narrow stenos thin",
        "fusion fused synostos",
        "bifid cleft notch",
        "absent lack",
        "devi^ displac",
        "chest thorax thorac~",
        "upper maxillar~",
        "earl~ prematur",
        "curv^ bent bow bowing bowed",
        "permanent adult secondar~",
        "deciduous primar~ baby milk",
        "recurrent episod~ intermittent",
        "bone phalanx skeleton",
        "5th littl pinki pink~",
        "1 i",
        "cancer carcinom",
        "xanthom xanthomatos",
        "telangiectas telangiectas~ angiectas~",
        "clavicl clavicul collarbon",
        "radi radius",
        "patell kneecap",
        "eyelid lid",
        "ear pinn",
        "adipos fat",
        "bridg root",
        "groov furrow creas",
        "transvers horizont",
        "center midlin median",
        "ossific^ mineraliz",
        "long elong^",
        "gait walk",
        "syndactyl~ webb",
        "stool fecal",
        "fractur broken",
    )
    for word in group.split()
}


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A crude stem that joins singular and plural, noun and adjective, British and American spelling."""
    word = word.casefold()
    if word in _UNTOUCHED or not word.isalpha():
        return word
    word = word.replace("ae", "e").replace("oe", "e").replace("our", "or")
    if word.endswith(("ss", "us", "is")) and not word.endswith(("osis", "ness")):
        return _SAME_SENSE.get(word, word)
    for endings, becomes, rest in _FAMILIES:
        ending = next((e for e in endings if word.endswith(e) and len(word) - len(e) >= rest), None)
        if ending is not None:
            word = word[: -len(ending)] + becomes
            break
    else:
        if len(word) > 3:
            word = word.removesuffix("s")
    return _SAME_SENSE.get(word, word)


@lru_cache(maxsize=100_000)
def sense(word: str) -> str:
    """The stem, merged with those of other endings and of other words that HPO uses in the same sense.

    Not part of :func:`stem`, which is the key of the tables of :mod:`.lexicon`.
    """
    found = stem(word)
    for ending, becomes in _ENDINGS:
        shorter = ending.sub(becomes, found)
        if shorter != found:
            found = shorter
            break
    return _SENSES.get(found, found)


def in_near_senses(key: Iterable[str]) -> tuple[str, ...]:
    """Sorted results of :func:`sense` for the words of a phrase, with those of nearly the same sense merged."""
    return tuple(sorted(_NEAR_SENSES.get(word, word) for word in key if word != ","))

"""Findings that people express by a quality and a part of the body: "my left calf is swollen".

English only. Used where no wording of the ontology says more.
"""

from collections.abc import Iterable, Mapping, Sequence

from .phrases import Hit

_FARTHEST = 7  # tokens between quality and site


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_QUALITIES = {
    "pain": _words("pain pains painful hurts hurt hurting ache aches aching sore tender tenderness discomfort"),
    "swelling": _words("swollen swelling swells puffy"),
    "weakness": _words("weak weakness"),
    "numbness": _words("numb numbness tingling tingle tingles"),
    "stiffness": _words("stiff stiffness"),
    "redness": _words("red redness"),
}
_SITES = {
    "chest": _words("chest breastbone sternum"),
    "belly": _words("belly abdomen tummy stomach"),
    "head": _words("head"),
    "throat": _words("throat"),
    "ear": _words("ear ears"),
    "eye": _words("eye eyes"),
    "back": _words("back"),
    "neck": _words("neck"),
    "shoulder": _words("shoulder shoulders"),
    "arm": _words("arm arms elbow forearm"),
    "hand": _words("hand hands"),
    "wrist": _words("wrist wrists"),
    "finger": _words("finger fingers"),
    "hip": _words("hip hips"),
    "knee": _words("knee knees"),
    "leg": _words("leg legs thigh shin"),
    "calf": _words("calf calves"),
    "ankle": _words("ankle ankles"),
    "foot": _words("foot feet"),
    "toe": _words("toe toes"),
    "limb": _words("extremity extremities limb limbs"),
    "flank": _words("flank flanks loin"),
    "groin": _words("groin"),
    "jaw": _words("jaw"),
    "face": _words("face cheeks cheek"),
    "testicle": _words("testicle testicles testis"),
    "joint": _words("joint joints"),
    "muscle": _words("muscle muscles"),
    "lip": _words("lip lips"),
    "tongue": _words("tongue"),
    "gland": _words("gland glands"),
    "eyelid": _words("eyelid eyelids"),
}
_FINDINGS = {  # quality -> site -> name of the finding
    "pain": {
        "chest": "Chest pain",
        "belly": "Abdominal pain",
        "head": "Headache",
        "throat": "Pharyngalgia",
        "ear": "Ear pain",
        "eye": "Ocular pain",
        "back": "Back pain",
        "neck": "Neck pain",
        "shoulder": "Shoulder pain",
        "arm": "Upper limb pain",
        "hand": "Hand pain",
        "wrist": "Wrist pain",
        "finger": "Finger pain",
        "hip": "Hip pain",
        "knee": "Knee pain",
        "leg": "Lower limb pain",
        "calf": "Lower limb pain",
        "ankle": "Ankle pain",
        "foot": "Foot pain",
        "toe": "Toe pain",
        "limb": "Limb pain",
        "flank": "Flank pain",
        "groin": "Groin pain",
        "jaw": "Jaw pain",
        "face": "Facial pain",
        "testicle": "Testicular pain",
        "joint": "Arthralgia",
        "muscle": "Myalgia",
    },
    "swelling": {
        "ankle": "Pedal edema",
        "foot": "Pedal edema",
        "leg": "Pedal edema",
        "calf": "Pedal edema",
        "face": "Facial edema",
        "eyelid": "Palpebral edema",
        "lip": "Swollen lip",
        "tongue": "Tongue edema",
        "hand": "Edema of the dorsum of hands",
        "finger": "Finger swelling",
        "wrist": "Wrist swelling",
        "joint": "Joint swelling",
        "knee": "Joint swelling",
        "belly": "Abdominal distention",
        "gland": "Lymphadenopathy",
        "testicle": "Testicular swelling",
        "throat": "Pharyngeal edema",
    },
    "weakness": {
        "arm": "Upper limb muscle weakness",
        "hand": "Hand muscle weakness",
        "leg": "Lower limb muscle weakness",
        "limb": "Limb muscle weakness",
        "muscle": "Muscle weakness",
    },
    "numbness": {"hand": "Hand paresthesia", "foot": "Paresthesia", "leg": "Paresthesia", "arm": "Paresthesia"},
    "stiffness": {"neck": "Nuchal rigidity", "joint": "Joint stiffness", "muscle": "Muscle stiffness"},
    "redness": {"eye": "Red eye"},
}
_QUALITY_OF = {word: quality for quality, words in _QUALITIES.items() for word in words}
_SITE_OF = {word: site for site, words in _SITES.items() for word in words}
_DESCRIBING = {*_QUALITY_OF, *_words("hot warm cold pale bruised itchy")}
_LOW, _HIGH, _NAVEL = _words("lower low bottom"), _words("upper pit top"), _words("navel button umbilicus")


class SiteFinder:
    """Finds a quality with the nearest part of the body.

    Args:
        codes: name of a finding -> code; other findings are not searched for.
    """

    def __init__(self, codes: Mapping[str, str]) -> None:
        self._codes = codes

    def find(self, words: Sequence[str]) -> Iterable[Hit]:
        """Hits in the order of their qualities; they may overlap."""
        lowered = [word.casefold() for word in words]
        for at, word in enumerate(lowered):
            quality = _QUALITY_OF.get(word)
            if quality is None:
                continue
            near = self._nearest(lowered, at, quality)
            if near is None:
                continue
            name = _FINDINGS[quality][_SITE_OF[lowered[near]]]
            if name == "Abdominal pain":
                name = _quadrant(lowered, at, near)
            elif name.startswith("Limb "):
                name = _limb(name, lowered, near)
            if name in self._codes:
                first, last = min(at, near), max(at, near)
                # "my neck isn't stiff": a negation must precede the finding to be read.
                denied = max((i for i in range(first, last) if _denies(lowered, i)), default=first - 1)
                yield Hit(max(denied + 1, first), last + 1, self._codes[name])

    @staticmethod
    def _nearest(words: Sequence[str], at: int, quality: str) -> int | None:
        """The nearest site that goes with the quality, within the same clause; of two, the one after it."""
        places: list[tuple[int, int]] = []
        for step in (1, -1):
            passed = 0
            place = at + step
            while 0 <= place < len(words) and passed < _FARTHEST:
                word = words[place]
                if not word[0].isalnum() and not word.isspace() and word not in "-'" and not _lists(words, place):
                    break
                passed += word[0].isalnum()
                is_side = word == "back" and "of" in words[place + 1 : place + 3]  # "the back of the head"
                if _SITE_OF.get(word) in _FINDINGS[quality] and not is_side:
                    places.append((passed, place))
                    break
                place += step
        return min(places, key=lambda p: p[0])[1] if places else None


def _lists(words: Sequence[str], at: int) -> bool:
    """Whether a comma joins two describing words: "a swollen, hot, red knee"."""
    following = next((word for word in words[at + 1 : at + 3] if not word.isspace()), "")
    return words[at] == "," and at > 0 and words[at - 1] in _DESCRIBING and following in _DESCRIBING


def _denies(words: Sequence[str], at: int) -> bool:
    """Whether a negation ends here; "isn't" is three words, "non-tender" too."""
    return words[at] in ("not", "never", "no", "without", "non") or (words[at - 1], words[at]) in (
        ("'", "t"),
        ("non", "-"),
    )


def _limb(name: str, words: Sequence[str], site: int) -> str:
    """The name for the upper or lower limb, if the words before the extremity say which."""
    around = set(words[max(0, site - 3) : site])
    upper, lower = "upper" in around, "lower" in around
    return f"{'Upper' if upper else 'Lower'} {name.lower()}" if upper is not lower else name


def _quadrant(words: Sequence[str], at: int, site: int) -> str:
    around = set(words[max(0, min(at, site) - 4) : max(at, site) + 6])
    low, high = bool(around & _LOW), bool(around & _HIGH)
    if around & _NAVEL:
        return "Periumbilical pain"
    if low and not high:
        return {(True, False): "Right lower quadrant pain", (False, True): "Left lower quadrant pain"}.get(
            ("right" in around, "left" in around), "Lower abdominal pain"
        )
    if high and not low:
        return "Right upper quadrant pain" if "right" in around else "Epigastric pain"
    return "Abdominal pain"

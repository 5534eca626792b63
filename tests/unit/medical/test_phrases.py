import pytest

from knowledge.medical.common import load_common
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.notes.words.phrases import PhraseBook

_WORDS = {
    "R1:1": "broad toe",
    "R1:2": "fractured patella",
    "R1:3": "supernumerary ribs",
    "R1:4": "aspiration",
    "R1:5": "thin nose",
    "R1:6": "narrow nose",
    "R1:7": "broken kneecap bone",
    "R1:8": "CP",
    "R1:9": "unresponsive",
    "R1:10": "collapsed",
    "R1:11": "N/V",
    "R1:12": "open mouth",
    "R1:13": "cutting",
    "R1:14": "shock",
    "R1:15": "hypoplastic bowel",
    "R1:17": "macule",
    "R1:18": "TdP",
    "R1:19": "IHD",
    "R1:20": "ACS",
}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("broad toes", ["R1:1"]),  # not by any rule of endings
        ("wide toes", ["R1:1"]),
        ("a broken kneecap", ["R1:2"]),
        ("extra ribs", ["R1:3"]),
        ("a nose that is stenosed and thin", []),
        ("nose narrow", ["R1:6"]),  # near senses do not count where a term has the very words
        ("aspiration while eating", ["R1:4"]),
        ("fine - needle aspiration of the thyroid , then aspiration", ["R1:4"]),
        ("aspiration biopsy", []),
        ("no CP now", ["R1:8"]),  # our own abbreviations may have two letters, in capitals
        ("cp , Cp", []),
        ("CP angle", []),
        ("went into TdP", ["R1:18"]),  # or a small one among the capitals
        ("tdp , TDP", []),
        ("on IHD via a line , known IHD", ["R1:19"]),  # of the kidneys, and of the heart
        ("seen by ACS , caused by ACS", ["R1:20"]),  # a team of surgeons, and the heart again
        ("unresponsive", ["R1:9"]),
        ("unresponsive to antibiotics", []),
        ("LLL collapse / consolidation , right lower lobe collapse , RV collapse", []),
        ("collapsed at home", ["R1:10"]),
        ("good mouth opening , an open mouth", ["R1:12"]),
        ("cutting needle , cutting herself", ["R1:13"]),
        ("shock absorbing insoles , in shock", ["R1:14"]),
        ("small bowel loops , small bowel hypoplasia", []),
        ("bowel hypoplastic", ["R1:15"]),
        ("pain relief , sepsis six not indicated , pain", ["HP:0012531"]),
        ("maculae flat , macules", ["R1:17"]),
        ("N / V intact distally , N / V twice", ["R1:11"]),
    ],
)
def test_what_words_of_one_sense_name(medical: MedicalKnowledge, text: str, codes: list[str]) -> None:
    book = PhraseBook(medical.ontology, _WORDS.items())
    assert [hit.code for hit in book.find(text.split())] == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("CT ordered , follow - up arranged", []),
        ("wound edges clean", []),
        ("passing wind", []),
        ("urine collected , fluid collection drained", []),
        ("knee jerks present , ankle jerk absent", ["HP:0003438"]),
        ("boiling water", []),
        ("stroking the cat", []),
        ("inactive disease", []),
        ("the pedal got stuck", []),
        ("Hb fell from 12 to 8", []),
        ("she fell asleep", []),
        ("DC shock x2", []),
        ("line flushed , saline flush", []),
        ("temporary pacing wire", []),
        ("good cough effort", []),
        ("bladder well distended", []),
        ("abdomen distended", ["HP:0003270"]),
        ("well distended abdomen", ["HP:0003270"]),
        ("protein shakes", []),
        ("pale yellow urine", []),
        ("numbing cream", []),
        ("skin warm and dry", []),
        ("skin warm , dry and intact", []),
        ("dry skin", ["HP:0000958"]),
        ("on edge", ["HP:0000739"]),
        ("felt On Edge", ["HP:0000739"]),
        ("winded", ["HP:0002875"]),
        ("presumed chest", []),
        ("irritable bowel syndrome , NOF intact", []),
        ("insulin level , septic screen , AF patent", []),
        ("raped , fell at home", ["R1:0094", "R1:0150"]),
        ("cough good air entry", ["HP:0012735"]),
        ("small bowel obstruction", ["HP:0005214"]),
        ("stuck - on", ["R1:0624"]),
        ("she fell", ["R1:0150"]),
        ("fell and", ["R1:0150"]),
        ("boils", ["HP:0020083"]),
        ("jerking", ["HP:0001250"]),
        ("surgical emphysema", ["HP:6001021"]),
        ("pupil 6 mm sluggish", []),
        ("feeling sluggish", ["HP:0001254"]),
        ("smoke filled room", ["R1:0171"]),
        ("felt faint", ["HP:0031972"]),
        ("abdo rigid", ["HP:0032545"]),
        ("abdomen board - like", ["HP:0032545"]),
        ("palpable mass RUQ", ["HP:0031500"]),
        ("RUQ", ["R1:0005"]),
        ("peaked T waves", ["HP:0005135"]),
        ("peak T 39", []),
        ("sickle cell dis , HbSS", ["HP:0030058", "HP:0030058"]),
        ("ca lung", ["HP:0100526"]),
        ("Ca , lung clear", []),
        ("off feeds , reduced wet nappies", ["HP:0011968", "HP:0001944"]),
        ("now completely resolved", ["R1:0080"]),
        ("wound completely resolved", []),
        ("life is not worth living", ["HP:0031589"]),
        ("ligature round his neck", ["HP:5200330"]),
        ("cant lie flat , wont weight bear", ["HP:0012764", "R1:0134"]),
        ("unsettled baby after feeds", []),
        ("athlete ' s foot", []),
        ("LA and RA collapse", []),
        ("hard to flush away", []),
        ("not passed flatus since Friday", ["HP:0034782"]),
        ("an electric shock sensation down the spine", ["HP:0032504"]),
        ("drooping of the left lower face", ["HP:0010628"]),
        ("diffusely enlarged , nontender thyroid gland", ["HP:0000853"]),
        ("gas under the left hemidiaphragm", ["R1:0653"]),
        ("stinging on passing urine", ["HP:0100518"]),
        ("doubly incontinent , incontinent of stool", ["HP:0000020", "HP:0002607"]),
        ("ligature around the neck of the sac", []),
    ],
)
def test_a_form_of_a_word_that_means_something_else_names_nothing(
    medical: MedicalKnowledge, text: str, codes: list[str]
) -> None:
    own = [(each.finding.code, wording) for each in load_common().words for wording in each.en]
    assert [hit.code for hit in PhraseBook(medical.ontology, own).find(text.split())] == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("tingling of both feet and ankle pain", ["R1:2"]),
        ("c/o foot and ankle pain", ["R1:1", "R1:2"]),
        ("foot , hand and ankle pain", ["R1:1", "R1:3", "R1:2"]),
    ],
)
def test_a_part_of_the_body_belongs_to_what_is_said_before_it(
    medical: MedicalKnowledge, text: str, codes: list[str]
) -> None:
    words = [("R1:1", "foot pain"), ("R1:2", "ankle pain"), ("R1:3", "hand pain")]
    assert [hit.code for hit in PhraseBook(medical.ontology, words).find(text.split())] == codes

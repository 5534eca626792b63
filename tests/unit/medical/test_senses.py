"""Words that name a finding only in some sentences."""

import pytest

from knowledge.medical.notes.words.senses import _ELSE, meant


@pytest.mark.parametrize(
    ("code", "text", "is_else"),
    [
        ("HP:0002835", "aspirate 200 ml", True),
        ("HP:0002835", "aspirates on thin fluids", False),
        ("HP:0031589", "doesn't want to live in a nursing home", True),
        ("HP:0031589", "does not want to live with her daughter", True),
        ("HP:0031589", "doesn't want to be here any more, wants to go home", True),
        ("HP:0031589", "doesn't want to be here any more", False),
        ("HP:0031589", "doesn't want to live with this pain", False),
        ("HP:0031589", "no point in living", False),
        ("HP:0011856", "PICA stroke", True),
        ("HP:0011856", "PICA eating soil", False),
    ],
)
def test_words_of_something_else(code: str, text: str, is_else: bool) -> None:
    assert (_ELSE[code].match(text) is not None) is is_else


@pytest.mark.parametrize(
    ("code", "word", "text", "is_meant"),
    [
        ("R1:0005", "RUQ", "pain in RUQ", True),
        ("R1:0005", "RUQ", "tender RUQ", True),
        ("R1:0005", "RUQ", "RUQ colicky pain", True),
        ("R1:0005", "RUQ", "RUQ and epigastric pain", True),
        ("R1:0005", "RUQ pain", "no RUQ pain", True),
        ("R1:0004", "LLQ", "Pain for 2 d, mainly LLQ", True),
        ("R1:0003", "right lower quadrant", "Abdominal pain was located in the right lower quadrant.", True),
        ("R1:0004", "LLQ", "25F LLQ 9/10, LMP 7/52, hCG pos", True),
        ("R1:0003", "RLQ", "c/o RLQ since this morning", True),
        ("R1:0003", "RLQ", "abdo pain since yesterday, started periumbilical, now RLQ", True),
        ("R1:0003", "right lower quadrant", "Pain, localised to right lower quadrant", True),
        ("R1:0003", "RLQ", "Abdo pain. RLQ. Guarding.", True),
        ("R1:0003", "RLQ", "RLQ sharp, constant, worse on movement", True),
        ("R1:0005", "RUQ", "RUQ: tender, guarding", True),
        ("R1:0004", "LLQ", "LIF/LLQ: tender ++", True),
        ("R1:0005", "RUQ", "Exam: RUQ TTP", True),
        ("R1:0005", "RUQ", "RUQ mass, tender", True),
        ("R1:0003", "RLQ", "scar LIF, RLQ tender", True),
        ("R1:0003", "RLQ", "c/o RLQ for CT abdo", True),
        ("R1:0005", "RUQ", "RUQ: soft, non-tender", False),
        ("R1:0003", "RLQ", "RLQ: no tenderness, guarding or rebound", False),
        ("R1:0003", "RLQ", "Bowel sounds in RUQ, RLQ", False),
        ("R1:0003", "RLQ", "RLQ stoma pink", False),
        ("R1:0005", "RUQ", "USS: RUQ collection", False),
        ("R1:0005", "RUQ", "RUQ USS", False),
        ("R1:0005", "RUQ", "Scar RUQ", False),
        ("R1:0005", "RUQ", "RUQ drain in situ", False),
        ("R1:0005", "RUQ", "Abdominal pain, scar RUQ", False),
        ("R1:0005", "RUQ", "US of the RUQ: gallstones", False),
        ("R1:0005", "RUQ", "palpable mass RUQ. Abdominal pain for 2 days", False),
        ("HP:0000010", "recurrent urinary tract infections", "has recurrent urinary tract infections", True),
        ("HP:0000819", "DM", "HTN, DM", True),
        ("HP:0000819", "DM", "Robitussin DM for cough", False),
        ("HP:0000819", "DM", "PM/DM overlap", False),
        ("HP:0000819", "DM", "DM flare. Dermatomyositis (DM) since 2019", False),
        ("HP:0000819", "DM", "DM since 2019. Diabetes mellitus (DM)", True),
        *(
            ("HP:0000819", "DM", text, False)
            for text in (
                "d/w DM (registrar): CT head",
                "Reviewed with DM",
                "seen by DM",
                "Plan agreed with Dr DM",
                "DM (med reg) aware",
                "Apical DM, loud S1",
                "Pre-DM, HbA1c 44",
            )
        ),
        *(
            ("HP:0000819", "DM", text, True)
            for text in ("72M with DM and HTN", "complicated by DM", "DM (diet controlled)", "DM (T2)", "PMH: DM")
        ),
        ("HP:0004950", "PVD", "PVD with stents, on clopidogrel", True),
        ("HP:0004950", "PVD", "R eye: PVD", False),
        ("HP:0011968", "not drink", "does not drink raw milk", False),
        ("HP:0011968", "not drinking", "not drinking or feeding", True),
        ("HP:0030051", "toe walking", "unsteady on heel-toe walking", False),
        ("HP:0000980", "pale", "Fundus: pale, opaque posterior pole", False),
        ("HP:0000980", "pale", "pale and clammy", True),
        ("R1:0174", "acetaminophen", "salicylate and acetaminophen undetectable", False),
        ("R1:0174", "paracetamol", "took 20 g paracetamol at noon", True),
        ("HP:0004372", "unresponsive", "deafness unresponsive to two antibiotic courses", False),
        ("HP:0004372", "unresponsive", "unresponsive to voice", True),
        ("HP:0030864", "retraction", "masses with hilar retraction", False),
        ("R1:0185", "insulin", "insulin 132 pmol/L, C-peptide high", False),
        ("R1:0185", "insulin", "on insulin 20 units daily", True),
        ("R1:0086", "waxing-waning", 'waxing-waning "dive-bomber" discharges', False),
        ("HP:0031955", "limp", "turned blue, then limp for two minutes", False),
        ("HP:0031955", "limp", "walks with a limp", True),
        ("R1:0223", "dullness to percussion", "liver dullness to percussion is lost", False),
        ("HP:5200339", "cutting", "nine years of cutting and polishing stone", False),
        ("R1:0106", "crusts", "blocked nose with bloody crusts", False),
        ("R1:0106", "crusts", "crusts on both lips", True),
        ("HP:0008065", "absent in skin", "staining absent in skin", False),
        ("HP:0009380", "fingers are absent", "spots in the pulp of two fingers are absent", False),
        ("R1:0449", "HIV", "HIV, syphilis, Lyme negative.", False),
        ("HP:0004372", "did not respond", "headache did not respond to ibuprofen", False),
        ("HP:0004372", "does not respond", "does not respond to a loud voice", True),
        ("HP:0030157", "pain in the right side", "pain in the right side of the face", False),
        ("HP:0030157", "pain in the right side", "pain in the right side of her back", True),
        ("HP:0000716", "feeling down", "shooting feeling down the left leg", False),
        ("HP:0000716", "feeling down", "feeling down since Christmas", True),
        ("HP:0041051", "lost her taste", "has lost her taste for tea", False),
        ("HP:0033746", "between the shoulder blades", "lump between the shoulder blades", False),
        ("HP:0033746", "between the shoulder blades", "ache between the shoulder blades", True),
        ("R1:0297", "outstretched hands", "flap of the outstretched hands", False),
        ("R1:0297", "outstretched hand", "fell onto her outstretched hand", True),
        ("R1:0108", "web space", "numb in the first web space", False),
        ("R1:0675", "reduced chest expansion", "reduced chest expansion on the left", False),
        ("R1:0675", "reduced chest expansion", "reduced chest expansion, back stiff", True),
        ("HP:0002835", "Aspirated", "Aspirated pleural fluid was clear", False),
        ("R1:0076", "band-like", "band-like burning round the trunk", False),
        ("R1:0076", "band-like", "headache, band-like, since Monday", True),
        ("R1:0449", "HIV", "HIV, CD4 count 90, cough, troponin negative", True),
    ],
)
def test_words_that_name_a_finding_beside_others(code: str, word: str, text: str, is_meant: bool) -> None:
    start = text.index(word)
    assert meant(code, text, start, start + len(word)) == (code if is_meant else None)


@pytest.mark.parametrize(
    ("word", "text", "is_often"),
    [
        ("UTIs", "UTIs x4 this year", True),
        ("UTIs", "3 UTIs in 6 months", True),
        ("UTIs", "recurrent E. coli UTIs", True),
        ("UTI", "UTI x1 2019", False),
        ("UTI", "Day 3 of abx, UTI", False),
        ("UTI", "UTI x 3/7", False),
        ("UTI", "for 3 days UTI symptoms", False),
        ("UTIs", "mother had UTIs", False),
        ("urinary tract infection", "urinary tract infection", False),
    ],
)
def test_a_single_infection_is_not_recurrent(word: str, text: str, is_often: bool) -> None:
    start = text.index(word)
    for code in ("HP:0000010", "R1:0735"):
        assert meant(code, text, start, start + len(word)) == ("HP:0000010" if is_often else "R1:0735")


@pytest.mark.parametrize(
    ("text", "is_irregular"),
    [
        ("ECG regular narrow complex tachycardia, no P waves", False),
        ("ECG irregular, no P waves", True),
        ("no P waves", True),
    ],
)
def test_without_p_waves_a_regular_rhythm_is_no_fibrillation(text: str, is_irregular: bool) -> None:
    start = text.index("no P waves")
    assert meant("R1:0652", text, start, start + 10) == ("R1:0652" if is_irregular else "HP:0033122")

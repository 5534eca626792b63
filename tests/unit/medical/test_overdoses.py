import time

import pytest

from knowledge.medical.case import Evidence
from knowledge.medical.notes.emergencies.overdoses import (
    OVERDOSE,
    PESTICIDE,
    THOUGHT_OF,
    is_not_meant,
    is_of_old,
    is_only_near,
    overdoses,
)


def told(text: str) -> list[str]:
    return [text[start:end].strip() for start, end, code in overdoses(text) if code == OVERDOSE]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("took 40 paracetamol tablets two hours ago", "took 40"),
        ("Took 32 x 500mg paracetamol at 0200", "Took 32"),
        ("Ingested ~50 ibuprofen", "Ingested ~50"),
        ("took 32 x 500mg para at 2100", "took 32"),
        ("took another OD today", "OD"),
        ("mixed OD tablets and wine", "OD"),
        ("took about 25-30 tablets of quetiapine", "took about 25-30"),
        ("took twenty co-codamol tablets", "took twenty"),
        ("after taking 20 g of paracetamol", "taking 20 g of paracetamol"),
        ("She took a full packet of ibuprofen", "took a full packet"),
        ("accidental ingestion of 4 tablets of amlodipine", "accidental ingestion"),
        ("Ate 4 of her grandmother's amlodipine tablets", "Ate 4 of her grandmother's"),
        ("OD of 30 tabs amitriptyline", "OD of 30"),
        ("took OD of her mother's propranolol", "OD"),
        ("28M found drowsy, ?OD", "OD"),
        ("Presents following OD. GCS 12.", "OD"),
        ("38F OD 40x paracetamol 3h ago", "OD"),
        ("OD: 40 x paracetamol 500mg at 2200", "OD"),
        ("OD 40 tablets paracetamol", "OD"),
        ("Paracetamol OD 20g 4h ago", "OD"),
        ("OD paracetamol 20 g", "OD"),
        ("19F amitriptyline OD 2 g, QRS 148", "OD"),
        ("40F OD amitriptyline 2 g", "OD"),
        ("propranolol OD (HR 38, BP 70/40)", "OD"),
        ("beta blocker OD, HR 34", "OD"),
        ("admitted with citalopram OD, seizure", "OD"),
        ("intentional quetiapine OD", "OD"),
        ("18 mo took nan's digoxin tablets", "took nan's"),
        ("3F got into grandma's metoprolol", "got into grandma's"),
        ("od of amitriptyline 50 tabs", "od"),
        ("low mood, OD amitriptyline 25mg x 30 tabs", "OD"),
        ("Presented with OD last night", "OD"),
        ("Mixed OD - 20x citalopram", "OD"),
        ("OD'd on her sertraline", "OD'd"),
        ("swallowed pills, unknown amount", "swallowed pills, unknown amount"),
        ("Ingested tablets (quantity unknown)", "Ingested tablets (quantity unknown"),
        ("took some tablets, number unclear", "took some tablets, number unclear"),
        ("found with empty bottles of paracetamol", "empty bottles"),
        ("Empty blister packs of zopiclone next to the bed", "Empty blister"),
        ("took a bunch of pills", "took a bunch of"),
        ("took the whole bottle of her antidepressants", "took the whole bottle"),
        ("took all her tablets at once", "took all her tablets at once"),
        ("服用40片对乙酰氨基酚", "服用40片"),
        ("吞服药片，量不详", "吞服"),
        ("口服安眠药，量不详，2小时后发现昏迷", "口服安眠药，量不详"),
        ("身旁见空安定药瓶", "身旁见空安定药瓶"),
        ("吃了一大把药", "吃了一大把药"),
        ("一次性服下全部药片", "一次性服下全部"),
        ("大量服用对乙酰氨基酚", "大量服用"),
        ("吞服安眠药约50余片", "吞服安眠药约50余片"),
        ("口服艾司唑仑一瓶", "口服艾司唑仑一瓶"),
        ("误服降压药2片", "误服"),
        ("服药过量后入院", "服药过量"),
    ],
)
def test_an_amount_or_a_short_form_tells_an_overdose(text: str, phrase: str) -> None:
    assert phrase in told(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Took 2 paracetamol tablets for headache",
            "Took 40 mg prednisolone tablets",
            "took 500 mg paracetamol tablets",
        ),
        *(
            "taking 12 tablets a day for years",
            "took 20 minutes to take his tablets",
            "took 10 days of amoxicillin capsules",
        ),
        *("Has taken over 20 medications", "Taking 10 Creon capsules with meals", "took 14 tablets over two weeks"),
        *("Taking 10 different medications daily", "took 12 tablets of bowel prep", "Swallowed 12 coins"),
        *("Rash after ingestion of 1 tablet of diclofenac", "Took 20 units of insulin", "took 3 g of paracetamol"),
        *(
            "paracetamol 1g OD",
            "bisoprolol 10mg od, 28 tablets",
            "Bisoprolol 10mg OD 28 tablets",
            "ramipril, 5mg, OD 28 tabs",
            "amlodipine OD 28 tablets",
            "OD 2 tablets paracetamol",
            "OD 4g paracetamol",
            "ramipril 5mg, OD. OD 28 tablets supply",
            "prednisolone 40 mg od 14 tablets for 2 weeks",
            "OD 20/40, OS 20/20, takes 30 tablets",
            "OD: 14 mmHg. Paracetamol",
            "Amlodipine OD, ramipril OD. GCS 9",
            "70M on bisoprolol OD, HR 38",
            "70M takes bisoprolol OD, HR 38",
            "70M bisoprolol OD, took it today",
            "Bisoprolol OD\nApixaban BD\nHR 38",
            "ceftriaxone OD 2 g, GCS 10",
            "70M ceftriaxone OD, GCS 10",
            "levetiracetam OD 1 g, seizures",
            "metformin OD 2 g",
            "70F amitriptyline OD for pain, HR 70",
            "omeprazole OD, no seizures",
        ),
        *("Aspirin 75 mg OD, ramipril 5 mg OD", "Discharged with aspirin OD and bisoprolol OD.", "Post OD vitrectomy"),
        *(
            "VA OD 20/40, IOP OD 14",
            "Presents with OD pain and redness",
            "Cataract surgery OD in 2019",
            "OD: 6/9, OS: 6/6",
        ),
        *(
            "Tobramycin drops to OD on waking",
            "Vision loss with OD",
            "took all her pills as usual",
            "difficulty swallowing pills",
        ),
        *(
            "Taking ramipril, amount unknown",
            "Took paracetamol for fever, amount unknown",
            "She swallowed her tablets, number of seizures unknown",
            "Ingested unknown amount of sand",
            "Brought empty bottles of paracetamol to the pharmacy for a refill",
            "Found with empty packets of crisps. Takes tablets",
            "Takes a handful of pills every morning",
            "Took all her tablets as prescribed",
            "Ate a large amount of food before his tablets",
        ),
        *(
            "自服感冒药（具体不详）后无好转",
            "长期口服降压药，用量不详",
            "失眠，口服安眠药（具体不详）",
            "每天吃一把药",
            "一次性口服米非司酮片",
            "近1年大量服用止痛药",
        ),
        *(
            "服用阿莫西林每次2粒，每日3次，共30粒",
            "口服布洛芬2片后缓解",
            "口服布洛芬10片共5天",
            "服用阿莫西林胶囊一盒，咳嗽无好转",
            "长期服用大量止痛药片",
            "避免药物过量",
            "误服枣核",
            "has taken another OD tablet as prescribed",
            "25F took her mum's ibuprofen, rash since",
            "4yo took her mum's hand, limping",
            "5yo girl, taken dad's co-codamol for toothache",
            "糖尿病酮症酸中毒",
            "口服中药，每日一次",
        ),
    ],
)
def test_what_is_prescribed_is_none(text: str) -> None:
    assert told(text) == []


def test_a_pesticide_is_drunk_or_only_near() -> None:
    texts = (
        "drank about 50 ml of paraquat",
        "患者口服百草枯约50ml",
        "喝农药2小时",
        "OP compound poisoning",
        "急性有机磷农药中毒",
    )
    places = [(text, *place) for text in texts for place in overdoses(text)]
    assert [code for *_, code in places] == [PESTICIDE] * len(texts)
    assert not any(is_only_near(Evidence("text", text[start:end])) for text, start, end, _ in places)
    assert is_only_near(Evidence("text", "农药"))
    assert list(overdoses("在农药厂工作，饮食正常")) == []


@pytest.mark.parametrize(
    ("text", "is_thought"),
    [
        ("She has thoughts of taking an overdose.", True),
        ("on a bridge, expressed intent to jump", True),
        ("wants to jump in front of a train", True),
        ("voices commanding him to harm himself", True),
        ("plans to end his life with tablets", True),
        ("thinking of ending her life", True),
        ("tried to take their own life", True),
        ("wants to be dead", True),
        ("She wishes she was dead", True),
        ("wants to jump off the trampoline", False),
        ("She wishes he was dead. Her mother ended her life.", False),
        ("wants end of life care, end of his life at home", False),
        ("wants to take his own discharge", False),
        ("jumped from a wall, told her to cut down", False),
    ],
)
def test_a_thought_of_one_is_a_thought(text: str, is_thought: bool) -> None:
    assert [code for *_, code in overdoses(text)] == [THOUGHT_OF] * is_thought


@pytest.mark.parametrize(
    ("before", "after", "is_meant"),
    [
        ("intentional ", " of paracetamol", True),
        ("", " of paracetamol, wanted to die", True),
        ("unintentional ", " of paracetamol", False),
        ("", " of paracetamol, denies suicidal intent", False),
        ("", " of paracetamol by mistake", False),
        ("previous suicidal ", " in the family home", False),
    ],
)
def test_whether_it_was_meant_is_in_its_sentence(before: str, after: str, is_meant: bool) -> None:
    assert is_not_meant(Evidence("text", "overdose", before=before, after=after)) is not is_meant


def test_an_earlier_one_is_of_old() -> None:
    assert is_of_old(Evidence("text", "OD", before="2 previous "))
    assert not is_of_old(Evidence("text", "OD", before="found after "))
    assert not is_of_old(Evidence("text", "overdose", before="85 year old woman "))
    assert not is_of_old(Evidence("text", "overdosed", before="in the past hour "))


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "took 40 ",
            "OD of ",
            "OD a ",
            "OD 40 tab ",
            "服用",
            "took about an ",
            "accidental ",
            "thoughts of taking an ",
            "drank a ",
        ),
        *(
            "took ",
            "found empty ",
            "empty a ",
            "took all ",
            "took a bunch of ",
            "吞服药",
            "身边空",
            "大量服用药",
            "found ",
        ),
    ],
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    began = time.perf_counter()
    list(overdoses(piece * (10_000 // len(piece))))
    assert time.perf_counter() - began < 2

"""Enlarged lymph nodes as an examination describes them."""

import time

import pytest

from knowledge.medical.codes import code_of
from knowledge.medical.notes.words.lymph_nodes import lymph_nodes

ANY, PAINLESS = code_of("HP:0002716 Lymphadenopathy"), code_of("R1:0197 Painless swollen lymph node")
NECK, AXILLA = code_of("HP:0025289 Cervical lymphadenopathy"), code_of("HP:0034752 Axillary lymphadenopathy")
GROIN = code_of("HP:0034751 Inguinal lymphadenopathy")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tender submandibular lymph nodes", [("tender submandibular lymph nodes", NECK)]),
        (
            "Enlarged, firm axillary and inguinal lymph nodes",
            [("Enlarged, firm axillary and inguinal lymph nodes", ANY)],
        ),
        ("R axillary nodes palpable", [("R axillary nodes palpable", AXILLA)]),
        ("lymph nodes in the left groin were tender", [("lymph nodes in the left groin were tender", GROIN)]),
        ("a 3 cm painless lymph node", [("3 cm painless lymph node", PAINLESS)]),
        ("swollen painless neck nodes", [("swollen painless", PAINLESS), ("neck nodes", NECK)]),
        ("Lymph nodes are not enlarged. Sentinel lymph node biopsy. Three of 12 lymph nodes were positive", []),
    ],
)
def test_lymph_nodes(text: str, found: list[tuple[str, str]]) -> None:
    assert [(text[start:end], code) for start, end, code in lymph_nodes(text)] == found


def test_long_input_takes_no_time() -> None:
    begin = time.process_time()
    for piece in ("enlarged tender firm ", "cervical and axillary ", "lymph nodes in the left ", "2 cm firm "):
        list(lymph_nodes(piece * 5_000))
    assert time.process_time() - begin < 4

"""Messages to test with: our own, and the public ones of the data folder where it is at hand."""

import random

from adapters.hl7v2.mllp import END

ADMIT = (
    b"MSH|^~\\&|ADT|WEST^2.16.840.1.113883.19.4^ISO|R1|R1|20260102030405+0000||ADT^A01^ADT_A01|C1|P|2.8\r"
    b"EVN|A01|20260102030405+0000\r"
    b"PID|1||77^^^WEST^MR||Okafor^Amara^Nkechi||19840321|F|||1 Mill Lane^^Leeds^^LS1 1AA^GBR||^PRN^PH^^44^113^5550100\r"
    b"PV1|1|I|W4^12^3^WEST||||9001^Lind^Tomas^^^Dr||||||||||||V55^^^WEST^VN|||||||||||||||||||||||||20260102030000+0000\r"
    b"AL1|1|DA|7980^Penicillin^RXNORM|SV|Hives\r"
)


def message(*segments: str, header: str = "MSH|^~\\&|LAB|WEST|R1|R1|20260102030405||ORU^R01|C1|P|2.5") -> bytes:
    """A message of segments, its header first."""
    return "".join(f"{segment}\r" for segment in (header, *segments)).encode()


def mutated(chance: random.Random) -> bytes:
    """A message with a few bytes replaced, removed, doubled or put in."""
    content = bytearray(ADMIT)
    special = [b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\x00", b"\x0b", b"\x1c", b"\xff", b"MSH|", b"\x81\x30"]
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(content) + 1)
        if chance.random() < 0.2:
            at = chance.randrange(100)
        until = min(len(content), at + chance.choice((0, 0, 1, 1, 5, 40)))
        piece = chance.choice([*special, content[at:until] * 3, chance.randbytes(3)])
        content[at:until] = piece
    return bytes(content).replace(END, b"")


FACILITIES = [
    ("GB 18030-2000", "gb18030", "東區醫院"),
    ("BIG-5", "big5hkscs", "教育醫院"),
    ("ISO IR14", "shift_jis", "ポート病院"),
    ("~ISO IR87", "iso2022_jp_2", "厚生病院"),
]
"""With characters one byte of which is that of the field separator."""

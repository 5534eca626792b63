"""Messages to test with: our own, and the public ones of the data folder where it is at hand."""

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

"""Code systems and codes of HL7 v2, and their names in FHIR."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from adapters.fhir.elements import THO, Json

SD = "http://hl7.org/fhir/StructureDefinition/"

# HL7 table 0396 and what senders write for it.
_SYSTEMS = {
    "LN": "http://loinc.org",
    "LOINC": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNOMED": "http://snomed.info/sct",
    "SNM3": "http://snomed.info/sct",
    "UCUM": "http://unitsofmeasure.org",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9CDX": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9M": "http://hl7.org/fhir/sid/icd-9-cm",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "ICD-10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "MVX": "http://hl7.org/fhir/sid/mvx",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "C4": "http://www.ama-assn.org/go/cpt",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "CPTM": "http://www.ama-assn.org/go/cpt",
    "CDCREC": "urn:oid:2.16.840.1.113883.6.238",
    "MDC": "urn:iso:std:iso:11073:10101",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "NCIT": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "ISO3166_1": "urn:iso:std:iso:3166",
    "NPI": "http://hl7.org/fhir/sid/us-npi",
}

_TABLE_0203 = """
AC ACSN AM AMA AN ANC AND ANON ANT APRN ASID BA BC BCFN BCT BR BRN BSNR CC CONM CY CZ DC DCFN DDS DEA DFN DI DL
DN DO DP DPM DR DS EI EN ESN FDR FDRFN FI FILL GI GL GN HC IND JHN LACSN LANR LI LN LR MA MB MC MCD MCN MCR MCT
MD MI MR MRT MS NBSNR NCT NE NH NI NII NIIP NNxxx NP NPI OBI OD PA PC PCN PE PEN PHC PHE PHO PI PLAC PN PNT PPIN
PPN PRC PRN PT QA RI RN RPH RR RRI RRP SB SID SL SN SNBSN SNO SP SR SS STN TAX TN TPR TRL U UDI UPIN USID VN VP
VS WC WCN WP XV XX
"""
IDENTIFIER_TYPES = frozenset(_TABLE_0203.split())
"""The codes of HL7 table 0203 as in FHIR R4; sites use others too, and R4 has no code for group numbers."""


@cache
def tables() -> dict[str, dict[str, tuple[str, str, str]]]:
    """``{vocabulary: {v2 code: (FHIR code, display, system)}}`` of ``codes.toml``."""
    read = tomllib.loads((files(__package__) / "codes.toml").read_text("utf-8"))
    return {
        name: {code: (new, display, _full(system)) for code, (new, display, system) in table.items()}
        for name, table in read.items()
    }


def _full(system: str) -> str:
    return system.replace("fhir:", "http://hl7.org/fhir/") if system.startswith("fhir:") else THO + system


def system_uri(name: str, site: str = "") -> str:
    """The URI of a code system that v2 names; for an unknown name a URN of ours, so that nothing is lost.

    Args:
        name: from table 0396, or the sender's own.
        site: the sender, which alone owns codes that are merely called local (``L``, ``99LAB``).
    """
    name = name.strip()
    if not name:
        return ""
    if known := _SYSTEMS.get(name.upper()):
        return known
    if table := re.fullmatch(r"HL7(\d{4})", name, re.IGNORECASE):
        return f"{THO}v2-{table[1]}"
    if re.fullmatch(r"[0-2](\.\d+)+", name):
        return f"urn:oid:{name}"
    if re.fullmatch(r"(https?|urn):[^\s<>\"]+", name):
        return name
    own = f"{site}:" if site and re.fullmatch(r"LB?|99.*", name, re.IGNORECASE) else ""
    return f"urn:r1:hl7v2:codes:{own}{quote(name, safe='')}"


def concept(shorthand: str) -> Json:
    """``ATND@v3-ParticipationType|attender`` as a CodeableConcept; the text after the bar may also stand alone."""
    coded, _, text = shorthand.partition("|")
    code, _, system = coded.partition("@")
    found: Json = {"coding": [{"system": THO + system, "code": code}]} if coded else {}
    return {**found, "text": text} if text else found

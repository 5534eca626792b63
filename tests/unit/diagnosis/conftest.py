import pytest

from adapters.fhir.concept_map import ConceptMap
from apps.diagnosis.service import DiagnosisService
from knowledge.medical.common import load_common
from knowledge.medical.entities import EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.joint import JointDifferential
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import RedFlags
from tests.unit.medical.conftest import hpo_folder, medical, recognizer

__all__ = ["hpo_folder", "medical", "recognizer"]  # the small ontology, for the tests here too


@pytest.fixture(scope="session")
def entities() -> EntityRecognizer:
    return EntityRecognizer()


@pytest.fixture(scope="session")
def service(medical: MedicalKnowledge, recognizer: FindingRecognizer, entities: EntityRecognizer) -> DiagnosisService:
    flags = RedFlags(RULES, load_common(), medical.ontology)
    return DiagnosisService(medical, recognizer, entities, JointDifferential(medical), ConceptMap(), flags)

import pytest
from fhir_answers import Server


@pytest.fixture
def server() -> Server:
    return Server()

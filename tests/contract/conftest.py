import pytest
from sqlalchemy import Engine


@pytest.fixture
def database(each_database: Engine) -> Engine:
    """A contract holds on every kind of database."""
    return each_database

"""What the tests share: one server of AWS, and in it, per test, an account with the stack."""

from collections.abc import Iterator

import pytest
from aws import AWS
from desk import Desk
from stack import transformed


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", "ignore:Tried to parse")  # what moto's CloudFormation skips


@pytest.fixture(scope="session")
def server() -> Iterator[AWS]:
    with AWS() as aws:
        yield aws


@pytest.fixture
def aws(server: AWS) -> AWS:
    server.reset()
    return server


@pytest.fixture
def desk(aws: AWS) -> Iterator[Desk]:
    with Desk(aws, NotificationEmail="security@example.com") as desk:
        yield desk


@pytest.fixture(scope="session")
def template() -> dict:
    return transformed()

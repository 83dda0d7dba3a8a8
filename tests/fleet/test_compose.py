"""The compose file of examples/airflow names what is there. `make lint` checks its form."""

import re

import yaml

from demo.meltano import ROOT
from tests.fleet.conftest import DAGS

FOLDER = DAGS.parent
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
EXAMPLE = (FOLDER / "fleet.env.example").read_text("utf-8")


def test_services_wait_for_services_that_can_be_waited_for():
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
            else:
                # A service that ends only once can be waited for.
                assert SERVICES[other]["restart"] == "no"


def test_files_and_volumes_exist():
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in COMPOSE["volumes"], name
        if "build" in service:
            context = FOLDER / service["build"]["context"]
            assert (context / service["build"]["dockerfile"]).is_file()
            assert (FOLDER / f"{service['env_file']}.example").is_file()
        for file in re.findall(r"/opt/fleet/(\S+)", service.get("command", "")):
            assert (ROOT / file).is_file(), name


def test_every_variable_of_the_example_is_read_by_somebody():
    program = "".join(file.read_text("utf-8") for file in [*DAGS.glob("*.py"), FOLDER / "init.sh"])
    names = set(re.findall(r"^#? ?(FLEET_\w+)=", EXAMPLE, re.MULTILINE))
    assert {name for name in names if name not in program} == set()
    assert {"FLEET_GROUPS", "FLEET_LOADS"} <= names


def test_the_databases_of_the_services_are_made():
    [names] = re.findall(r"for name in \((.*)\)", (FOLDER / "init.sh").read_text("utf-8"))
    made = set(re.findall(r'"(\w+)"', names))
    made.add(SERVICES["postgres"]["environment"]["POSTGRES_DB"])
    text = (FOLDER / "compose.yaml").read_text("utf-8") + EXAMPLE
    assert set(re.findall(r"@postgres/(\w+)", text)) == made

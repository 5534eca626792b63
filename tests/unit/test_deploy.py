"""What `deploy` says is true of the suite: settings, paths, ports, files; and it brings no secret of its own."""

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from prometheus_client import Gauge, make_wsgi_app

from adapters.hl7v2.metrics import InboxMetrics
from adapters.hl7v2.mllp import Limits
from core.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
SETTINGS = {f"R1_{name.upper()}": field for name, field in Settings.model_fields.items()}


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text("utf-8")))


def pods() -> list[Any]:
    files = ("kubernetes/suite.yaml", "kubernetes/messages.yaml")
    return [part for name in files for part in documents(name) if part["kind"] == "Deployment"]


each_pod = pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["metadata"]["name"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_no_setting_is_invented(path: Path) -> None:
    assert set(re.findall(r"\bR1_[A-Z0-9_]+", path.read_text("utf-8"))) <= set(SETTINGS)


def test_the_image_has_what_the_wheel_is_made_of() -> None:
    copied = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").split() if line[0] == "!"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    modules = {f"{name}.py" for name in project["tool"]["setuptools"]["py-modules"]}
    files = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    assert copied == packages | modules | files


def test_the_image_listens_where_it_says() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8")
    port = str(SETTINGS["R1_PORT"].default)
    assert f"EXPOSE {port}\n" in lines
    assert f"127.0.0.1:{port}/healthz" in lines
    assert documents("compose.yaml")[0]["services"]["suite"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_image_has_the_default_model_unless_told() -> None:
    model = SETTINGS["R1_MODEL"].default
    assert (DEPLOY / "Dockerfile").read_text("utf-8").count(f"\nARG MODEL={model}\n") == 2
    assert documents("compose.yaml")[0]["services"]["suite"]["build"]["args"] == {"MODEL": f"${{MODEL:-{model}}}"}


def test_compose_takes_every_secret_from_outside() -> None:
    services = documents("compose.yaml")[0]["services"]
    given = {name: value for service in services.values() for name, value in service["environment"].items()}
    for name in ("R1_ACCESS_TOKEN", "R1_AUDIT_KEY", "POSTGRES_PASSWORD"):
        assert given[name] == f"${{{name}:?}}", "compose must refuse to start without it"


def test_the_image_has_no_key_and_no_database() -> None:
    last = (DEPLOY / "Dockerfile").read_text("utf-8").split("\nFROM ")[1].split("\nRUN ")[-1]
    assert "rm -f /var/lib/r1/audit.key /var/lib/r1/r1.db*" in last, "`r1 diagnose` makes both"


@each_pod
def test_pods_start_with_no_key_and_no_database_of_their_own(pod: Any) -> None:
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    required = {one["name"] for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})}
    assert required == {"R1_AUDIT_KEY", "R1_DATABASE_URL"}


@each_pod
def test_no_pod_is_asked_before_it_is_ready(pod: Any) -> None:
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    probe = container["readinessProbe"]["httpGet"]
    assert probe["port"] in [port["name"] for port in container["ports"]]
    assert probe["path"] in ("/readyz", "/metrics")


@each_pod
def test_a_pod_that_hangs_is_started_anew_but_not_while_it_starts(pod: Any) -> None:
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    assert container["livenessProbe"]["httpGet"] == container["startupProbe"]["httpGet"]
    start = container["startupProbe"]
    assert start["failureThreshold"] * start["periodSeconds"] >= 300, "the first pod may bring the database up to date"


def test_the_probe_of_the_messages_pod_does_not_ask_the_database() -> None:
    (pod,) = (pod for pod in pods() if pod["metadata"]["name"] == "messages")
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    asked = urlsplit(container["livenessProbe"]["httpGet"]["path"])
    metrics = InboxMetrics()

    def database() -> float:
        pytest.fail("the probe asks the database")

    Gauge("r1_inbox_lag_seconds", "Asked at each scrape", registry=metrics.registry).set_function(database)
    statuses: list[str] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": asked.path, "QUERY_STRING": asked.query}
    (body,) = make_wsgi_app(metrics.registry)(environ, lambda status, headers: statuses.append(status))
    assert statuses == ["200 OK"]
    assert body.startswith(b"# HELP r1_build_info")


@each_pod
def test_no_service_adds_variables(pod: Any) -> None:
    """The suite refuses variables that are no settings, and a Service may be named r1-suite."""
    assert pod["spec"]["template"]["spec"]["enableServiceLinks"] is False


@each_pod
def test_pods_have_no_privileges_and_no_secrets_of_their_own(pod: Any) -> None:
    spec = pod["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    secret = {name for name, field in SETTINGS.items() if "Secret" in str(field.annotation)}
    assert not [one for one in container["env"] if one["name"] in secret and "value" in one]


@each_pod
def test_volumes_belong_to_the_images_user(pod: Any) -> None:
    user = re.search(r"^USER (\d+)$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert user
    assert pod["spec"]["template"]["spec"]["securityContext"]["fsGroup"] == int(user[1])


@each_pod
def test_services_and_policies_select_the_pods(pod: Any) -> None:
    labels = pod["spec"]["template"]["metadata"]["labels"]
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    given = {one["name"]: one.get("value") for one in container["env"]}
    assert str(ports.pop("metrics", None)) == str(given.get("R1_INBOX_METRICS_PORT"))
    assert set(ports.values()) <= {SETTINGS["R1_PORT"].default, SETTINGS["R1_MLLP_PORT"].default}
    name = pod["metadata"]["name"]
    _, service, policy = documents(f"kubernetes/{name}.yaml")
    assert service["spec"]["selector"] == policy["spec"]["podSelector"]["matchLabels"] == labels
    assert pod["spec"]["selector"]["matchLabels"] == labels
    assert [port["targetPort"] for port in service["spec"]["ports"]] == list(ports)
    assert [port["port"] for port in policy["spec"]["ingress"][0]["ports"]] == list(ports)


@each_pod
def test_no_pod_stops_while_it_is_still_sent_to(pod: Any) -> None:
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    assert container["lifecycle"]["preStop"]["exec"]["command"][0] == "sleep"


def test_kubernetes_waits_as_long_as_the_server_needs() -> None:
    from core.server.serve import Server

    (suite,) = (pod for pod in pods() if pod["metadata"]["name"] == "suite")
    (default,) = (value for value in Server.__init__.__defaults__ or ())
    assert suite["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > default


def test_the_messages_pod_has_memory_for_all_that_it_holds() -> None:
    (pod,) = (pod for pod in pods() if pod["metadata"]["name"] == "messages")
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    number, unit = re.fullmatch(r"(\d+)([MG])i", container["resources"]["limits"]["memory"]).groups()
    frames = Limits().held_bytes + (Limits().connections << 20)
    assert int(number) << {"M": 20, "G": 30}[unit] >= 2 * frames


def test_ray_finds_the_application() -> None:
    (config,) = documents("ray.yaml")
    module, _, name = config["applications"][0]["import_path"].partition(":")
    source = (ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8")
    (deployment,) = config["applications"][0]["deployments"]
    assert f'\n{name} = serve.deployment(name="{deployment["name"]}")' in source

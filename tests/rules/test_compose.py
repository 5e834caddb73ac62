"""docker-compose.yml, Dockerfile and .env.example agree with the settings; no engine runs here."""

from __future__ import annotations

import ast
import re
import shlex
from ipaddress import ip_network
from typing import Any

import pytest
import yaml
from django.conf import settings

from scrm.embedded.demo import WORKERS
from tests.rules.tree import ROOT, called_name, tree_of

_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ENV_EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
# Set by the platform's own start-up, not by a deployment.
_NOT_FOR_DEPLOYMENTS = {"DJANGO_SETTINGS_MODULE"}


def _queues_of(command: list[str]) -> list[str]:
    return command[command.index("-Q") + 1].split(",")


def _environment_read(*folders: str) -> set[str]:
    """Names of environment variables that the files ask for."""
    found = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.Call) and called_name(node) in {
                    "required",
                    "get",
                    "getenv",
                }:
                    source = ast.unparse(node.func)
                    known = source in {"required", "os.environ.get", "os.getenv"}
                    if known and node.args and isinstance(node.args[0], ast.Constant):
                        found.add(str(node.args[0].value))
    return found


def test_every_queue_has_one_worker_service_and_no_other() -> None:
    served = [
        queue
        for name, service in SERVICES.items()
        if name.startswith("worker-")
        for queue in _queues_of(service["command"])
    ]
    assert sorted(served) == sorted(settings.WORKER_QUEUES)


def test_the_demo_serves_every_queue_once() -> None:
    served = [queue for queues, _ in WORKERS.values() for queue in queues.split(",")]
    assert sorted(served) == sorted(settings.WORKER_QUEUES)


def test_a_worker_is_named_after_its_queue() -> None:
    for name, service in SERVICES.items():
        if name.startswith("worker-"):
            assert _queues_of(service["command"]) == [name.removeprefix("worker-")]


def test_routes_lead_to_queues_that_exist() -> None:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert routed <= set(settings.WORKER_QUEUES)
    assert settings.CELERY_TASK_DEFAULT_QUEUE in settings.WORKER_QUEUES


def test_databases_are_reached_as_the_right_role() -> None:
    environment = COMPOSE["x-app"]["environment"]
    assert environment["DATABASE_URL"].startswith(f"postgres://{settings.SCRM_APP_ROLE}:")
    assert "@postgres:5432/scrm" in environment["DATABASE_URL"]
    for name in ("migrate", "backup"):
        owner = SERVICES[name]["environment"]["DATABASE_OWNER_URL"]
        assert owner.startswith("postgres://scrm_owner:")
    owners = [
        name
        for name, service in SERVICES.items()
        if "scrm_owner:" in str(service.get("environment"))
    ]
    assert owners == ["migrate", "backup"]


def test_the_image_has_client_programs_of_the_servers_major() -> None:
    major = SERVICES["postgres"]["image"].partition(":")[2]
    assert f"postgresql-client-{major}" in DOCKERFILE


def test_images_are_the_supported_majors() -> None:
    assert SERVICES["postgres"]["image"] == "postgres:17"
    assert re.match(r"(valkey/valkey|redis):\d", SERVICES["redis"]["image"])


def test_the_web_port_is_the_same_everywhere() -> None:
    command = ast.literal_eval(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[0])
    port = command[command.index("--port") + 1]
    assert f"EXPOSE {port}" in DOCKERFILE
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"'127.0.0.1', {port}" in str(SERVICES["web"]["healthcheck"])
    assert command[-1] == settings.WSGI_APPLICATION.replace(".application", ":application")


def test_the_proxy_before_the_web_port_is_named() -> None:
    """Its https is believed then, and nobody else's: a docker gateway, behind a port of this machine only."""
    told = re.findall(r"TRUSTED_PROXIES: \$\{TRUSTED_PROXIES:-(.+)\}", _TEXT)
    assert told == re.findall(r"^TRUSTED_PROXIES=(.+)$", ENV_EXAMPLE, re.MULTILINE)
    assert [ip_network(text).is_private for text in told] == [True]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_commands_exist() -> None:
    from django.core.management import get_commands

    known = get_commands()
    for name, service in SERVICES.items():
        command = service.get("command", [])
        if command[:2] == ["python", "manage.py"]:
            assert command[2] in known, name
        if command[:1] == ["celery"]:
            assert command[1:3] == ["-A", "scrm.celery"], name


def test_beat_uses_the_scheduler_of_the_settings() -> None:
    command = SERVICES["beat"]["command"]
    assert command[command.index("-S") + 1] == settings.CELERY_BEAT_SCHEDULER


@pytest.mark.parametrize("service", [name for name, found in SERVICES.items() if "build" in found])
def test_each_service_of_ours_is_told_what_production_requires(service: str) -> None:
    needed = {"SECRET_KEY", "SCRM_SECRET_KEYS", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"}
    assert needed <= set(SERVICES[service]["environment"])


def test_every_variable_of_compose_and_of_the_code_is_documented() -> None:
    documented = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", ENV_EXAMPLE, re.MULTILINE))
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", _TEXT))
    read = _environment_read("scrm/settings", "scrm/embedded")
    own = {name for name in read if name not in _NOT_FOR_DEPLOYMENTS and name != "PATH"}
    assert sorted((used | own) - documented) == []


def test_the_database_image_runs_the_same_bootstrap_as_the_demo() -> None:
    mounts = "\n".join(SERVICES["postgres"]["volumes"])
    script = (ROOT / "deploy" / "postgres-init.sh").read_text(encoding="utf-8")
    assert "./scrm/embedded/bootstrap.sql:/bootstrap.sql" in mounts
    assert "-f /bootstrap.sql" in script
    for name in shlex.split("SCRM_OWNER_PASSWORD SCRM_APP_PASSWORD"):
        assert f"${name}" in script
        assert name in SERVICES["postgres"]["environment"]


def test_the_sandbox_is_never_started_unasked() -> None:
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]
    assert SERVICES["sandbox-door"]["profiles"] == ["sandbox"]

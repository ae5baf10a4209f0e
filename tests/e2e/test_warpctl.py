"""warpctl against the daemon: what the guides do not show."""

import json
import os
import subprocess

import pytest

import harness
from warp_cli import build


@pytest.fixture(scope="module")
def ctl(world, tmp_path_factory):
    build.build(harness.PRESET, ["warpctl"])
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "HOME": str(home), "WARP_URL": world.warp.api_url,
                   "WARP_KEY": world.warp.key_file.read_text().strip()}

    def run(*words, status=0, **more):
        done = subprocess.run([str(build.binary(harness.PRESET, "warpctl")), *words], capture_output=True, text=True,
                              timeout=60, env={**environment, **more})
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    run.environment = environment
    return run


def test_every_operation_of_the_daemon_is_known(world, ctl):
    known = {row["id"] for row in json.loads(ctl("operations", "--json").stdout)}
    document = json.loads(world.warp.api().request("GET", "/api/v1/openapi.json", raw=True))
    served = {operation["operationId"] for methods in document["paths"].values() for operation in methods.values()}
    assert known == served


def test_reads_of_all_lists_print_tables(world, ctl):
    for words in (("customers", "list"), ("providers", "list"), ("routes", "list"), ("rate-plans", "list"),
                  ("trunks", "list", "--customer-id", world.customer), ("cdr", "details"), ("partitions", "list")):
        assert ctl(*words).stdout.strip(), words


def test_a_trunk_is_made_changed_and_deleted(world, ctl):
    of = ("--customer-id", world.customer)
    made = json.loads(ctl("trunks", "create", *of, "--field", "name=by hand", "--field", "auth_type=DIGEST",
                          "--field", "capacity_channels_inbound=2", "--json").stdout)["data"]
    changed = json.loads(ctl("trunks", "update", made["id"], *of, "--field", "capacity_channels_inbound=1",
                             "--json").stdout)["data"]
    assert changed["capacity_channels_inbound"] == 1
    credential = ctl("trunks", "credentials", "create", made["id"], *of, "--field", "username=desk").stdout
    assert "password" in credential
    ctl("trunks", "delete", made["id"], *of)
    assert "NOT_FOUND" in ctl("trunks", "get", made["id"], *of, status=1).stderr


def test_a_deck_is_exported_as_it_is(world, ctl):
    assert ctl("rate-plans", "rates.csv", world.plans["customer"]).stdout.startswith("prefix,")


def test_live_views_hear_the_daemon(world, ctl):
    said = ctl("tail", "trunks", "--count", "1").stdout
    assert json.loads(said)["topic"] == "trunks"


def test_a_key_without_scope_is_refused(world, ctl):
    key = world.warp.api().post(f"/api/v1/customers/{world.customer}/api-keys", {"name": "narrow", "scopes": ["cdr:read"]})["key"]
    assert "FORBIDDEN" in ctl("trunks", "list", status=1, WARP_KEY=key).stderr
    assert ctl("network", "ingress-ips", WARP_KEY=key).stdout.startswith("transport")

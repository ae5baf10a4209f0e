"""The document that the daemon serves is sound, and the TypeScript client made from it works: it is compiled strictly and
run under node against the daemon."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import openapi_lint  # noqa: E402
from warp_cli import paths  # noqa: E402

CLIENT = paths.ROOT / "clients" / "typescript"
SCRIPT = """
import { WarpClient, WarpError, live } from "./dist/index.js";
const [baseUrl, key, customer] = process.argv.slice(2);
let refused = 0;
// The first two answers of every request are lost on the way.
const lossy = async (input, init) => {
  refused += 1;
  if (refused % 3 !== 0) throw new TypeError("lost");
  return fetch(input, init);
};
const client = new WarpClient({ baseUrl, key: () => key, pauseMs: 1, fetch: lossy });
const out = {};
const trunk = (await new WarpClient({ baseUrl, key }).postTrunks(
  { query: { customer_id: customer }, body: { name: "typed", auth_type: "IP_ACL" } })).data;
out.name = (await client.getTrunksTrunkId({ path: { trunk_id: trunk.id }, query: { customer_id: customer } })).data.name;
out.customers = 0;
for await (const row of client.getCustomersAll({ query: { per_page: 1 } })) out.customers += row.id ? 1 : 0;
try {
  await client.getTrunksTrunkId({ path: { trunk_id: "none" } });
} catch (error) {
  out.error = [error instanceof WarpError, error.status, error.code];
}
const stop = new AbortController();
for await (const frame of live(new WarpClient({ baseUrl, key }), { topics: ["trunks"], webSocket: null, signal: stop.signal })) {
  if (frame.op === "snapshot") {
    out.live = frame.topic;
    stop.abort();
  }
}
console.log(JSON.stringify(out));
"""


def fetched(world, path):
    with urllib.request.urlopen(f"{world.warp.api_url}{path}", timeout=10) as answer:
        return answer.read().decode(), answer.headers


@pytest.fixture(scope="module")
def document(world):
    return json.loads(fetched(world, "/api/v1/openapi.json")[0])


def test_the_document_has_no_fault(document):
    assert list(openapi_lint.faults(document)) == []


def test_the_pages_are_there_and_run_no_foreign_script(world):
    for path in ("/docs", "/docs/operations", "/docs/errors", "/docs/events"):
        page, headers = fetched(world, path)
        assert headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert not re.search(r"<script(?![^>]*src=\"/docs/)", page), path
    assert 'id="NOT_FOUND"' in fetched(world, "/docs/errors")[0]


def test_the_page_of_events_names_all_that_can_be_subscribed(world, document):
    if "/webhooks/event-types" not in document["paths"]:
        pytest.skip("this daemon sends no webhooks")
    page = fetched(world, "/docs/events")[0]
    types = {row["name"] for row in world.make.api.get("/api/v1/webhooks/event-types")}
    missing = {name for name in types if f'id="{name}"' not in page}
    assert not missing


def test_the_typescript_client_compiles_strictly_and_works(world, document, tmp_path):
    folder = tmp_path / "client"
    shutil.copytree(CLIENT, folder, ignore=shutil.ignore_patterns("dist", "node_modules"))
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "script.mjs").write_text(SCRIPT)

    def run(*argv):
        done = subprocess.run([str(word) for word in argv], cwd=folder, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    run("node", "generate.mjs", "openapi.json")
    run("tsc", "-p", ".")
    said = json.loads(run("node", "script.mjs", world.warp.api_url, world.warp.key_file.read_text().strip(), world.customer))
    assert said["name"] == "typed"
    assert said["customers"] >= 1
    assert said["error"] == [True, 400, "INVALID_ID"]
    assert said["live"] == "trunks"

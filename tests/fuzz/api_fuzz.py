#!/usr/bin/env python3
"""Requests that nobody should send, from what the API says of itself. usage: api_fuzz.py [--seconds S] [--seed N]

Reads /api/v1/openapi.json of a private daemon and sends for S seconds: operations at random, half of them as the document's examples
have them but for one or two members, the others with values that fit, that nearly fit and that do not; ids that answers named, ids of
another tenant's and of nobody's; queries, headers and bodies cut, swapped, nested and repeated. Accounts that a request has closed are made
anew, and requests come from many addresses, so that neither ends the reach. A request is at fault when the answer is a 5xx (but for what
the node does not have: GATEWAY_UNAVAILABLE and 502), is no JSON where it must be, names no documented code, shows another tenant's marker,
or never comes. It is printed as it was sent, with the seed that makes it again; exit code 1."""

import argparse
import http.client
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy"))
from warp_cli import instance  # noqa: E402
from warp_cli.rest import Api, ApiError  # noqa: E402

BIN = pathlib.Path(os.environ.get("WARP_BUILD", ROOT / "build" / "release")) / "bin"
PREFIX = "/api/v1"
MARKER = "zebra7f3a"
NOBODY = "0190c7a0-0000-7000-8000-0000000000ff"
TEXTS = ["", "a", "abc", "\0", "a\0b", "\u202e", "\ud83d\ude00", "'; DROP TABLE x; --", "<script>alert(1)</script>", "../../etc/passwd",
         "%00", "=1+1", "192.0.2.1", "192.0.2.0/24", "::1", "::ffff:10.0.0.1", "12025550123", "+12025550123", "2025550123", "US", "NY",
         "USD", "2026-01-31", "2026-13-45", "2026-01-31T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", NOBODY, "nil",
         "https://example.net/hook", "http://169.254.169.254/", "a" * 1025, "a" * 70000, "ops@example.net", "sip.example.net", "*"]
NUMBERS = [0, 1, -1, 2, 200, 65536, 2**31 - 1, 2**31, -2**31, 2**63 - 1, 2**63, -2**63, 1e308, -0.0, 0.1, 1e-9, 12345678901234567890]
# They end by themselves or never, or stop what is under test.
LEFT_OUT = ("/live", "/nodes")
MOST_IDS = 40  # remembered of a kind


class Schema:
    """Values by a schema of the document."""

    def __init__(self, document, dice, ids):
        self.document, self.dice, self.ids = document, dice, ids

    def resolved(self, schema):
        for _ in range(20):
            if "$ref" not in schema:
                return schema
            node = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                node = node[part]
            schema = node
        return {}

    def value(self, schema, depth=0):
        schema, dice = self.resolved(schema or {}), self.dice
        if dice.random() < 0.08:
            return self.anything(depth)
        if "allOf" in schema:
            merged = {}
            for part in schema["allOf"]:
                made = self.value(part, depth + 1)
                merged.update(made if isinstance(made, dict) else {})
            return merged
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                return self.value(dice.choice(schema[choice]), depth + 1)
        if "enum" in schema:
            return dice.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            return [self.value(schema.get("items"), depth + 1) for _ in range(dice.choice((0, 1, 1, 2, 5)))] if depth < 6 else []
        if kind == "integer":
            low, high = schema.get("minimum", 0), schema.get("maximum", 100)
            return dice.choice((low, high, dice.randint(min(low, high), max(low, high)), low - 1, high + 1, *NUMBERS[:8]))
        if kind == "number":
            return dice.choice(NUMBERS)
        if kind == "boolean":
            return dice.random() < 0.5
        if kind == "string":
            return self.text(schema)
        return self.anything(depth)

    def object(self, schema, depth):
        out = {}
        required = schema.get("required", [])
        for name, member in schema.get("properties", {}).items():
            wanted = 0.95 if name in required else 0.35
            if depth < 8 and self.dice.random() < wanted:
                out[name] = None if self.dice.random() < 0.03 else self.value(member, depth + 1)
        if self.dice.random() < 0.05:
            out[self.dice.choice(TEXTS)] = self.anything(depth)
        return out

    def text(self, schema):
        dice, form = self.dice, schema.get("format")
        if form == "uuid":
            return dice.choice((*self.ids["uuid"], NOBODY, NOBODY.upper(), "x"))
        if form == "date":
            return dice.choice(("2026-01-31", "2026-02-30", "0000-00-00", "2026-1-1"))
        if form == "date-time":
            return dice.choice(("2026-01-31T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T00:00:00+01:00", "now"))
        longest = schema.get("maxLength", 64)
        return dice.choice((*TEXTS, "a" * min(longest, 100_000), "a" * min(longest + 1, 100_000)))

    def anything(self, depth):
        dice = self.dice
        made = dice.choice((None, True, dice.choice(NUMBERS), dice.choice(TEXTS), [], {}, [[]], {"a": {"b": []}}))
        return made if depth > 6 else dice.choice((made, [made], {"a": made}))


class Fuzzer:
    def __init__(self, warp, seed):
        self.warp, self.seed = warp, seed
        self.dice = random.Random(seed)
        self.document = json.loads(warp.api().request("GET", f"{PREFIX}/openapi.json", raw=True))
        self.codes = self.documented_codes()
        self.keys, self.own, self.who = {}, {}, "nobody"  # key and customer of each who asks, and who asks now
        self.ids = {"uuid": []}  # by the name of a path's parameter, and those of all kinds
        self.children = self.parameters_of_children()
        self.new_world()
        self.schema = Schema(self.document, self.dice, self.ids)
        self.operations = [(method.upper(), path, operation) for path, item in self.document["paths"].items()
                           for method, operation in item.items()
                           if method in ("get", "post", "put", "patch", "delete") and not self.left_out(path)]
        self.sent, self.faults, self.by_status = 0, 0, {}

    @staticmethod
    def left_out(path):
        bare = path.removeprefix(PREFIX).removeprefix("/v1")
        return bare.startswith(LEFT_OUT) or bare.endswith("/drain")

    @staticmethod
    def documented_codes():
        lines = (ROOT / "docs" / "api-errors.md").read_text().splitlines()
        return {line.split("`")[1] for line in lines if line.startswith("| `")}

    def parameters_of_children(self):
        """By the path of a collection the name of the parameter that picks one of it."""
        out = {}
        for path in self.document["paths"]:
            head, _, last = path.rpartition("/")
            if last.startswith("{") and last.endswith("}"):
                out[head] = last[1:-1]
        return out

    def new_world(self):
        api, ids, keys = self.warp.api(), self.ids, self.keys
        keys["operator"] = self.warp.key_file.read_text().strip()
        scopes = [scope["name"] for group in api.get(f"{PREFIX}/scopes") for scope in group["scopes"] if not scope["superadmin"]]
        self.of_tenants = {*scopes, None}
        for tenant in ("one", "two"):
            customer = api.post(f"{PREFIX}/customers", {"name": f"fuzz {tenant}"})["id"]
            self.own[tenant] = customer
            keys[tenant] = api.post(f"{PREFIX}/customers/{customer}/api-keys", {"name": "fuzz", "scopes": scopes})["key"]
            mark = f"{MARKER} {tenant}"
            trunk = api.post(f"{PREFIX}/trunks?customer_id={customer}", {"name": mark, "description": mark, "auth_type": "EITHER"})["id"]
            self.learn("customer_id", customer)
            self.learn("trunk_id", trunk)

    def learn(self, name, id):
        for kind in (name, "uuid"):
            known = self.ids.setdefault(kind, [])
            if id not in known:
                known.append(id)
            if len(known) > MOST_IDS:
                known.pop(self.dice.randrange(MOST_IDS // 2))  # those that came late are of accounts that live

    def learn_from(self, path, parsed):
        data = parsed.get("data") if isinstance(parsed, dict) else None
        name = self.children.get(path) if "/operators" not in path else None  # the key of those who look on must live
        for item in (data if isinstance(data, list) else [data])[:5] if name else ():
            id = item.get("id", item.get("e164")) if isinstance(item, dict) else None
            if isinstance(id, (str, int)):
                self.learn(name, str(id))

    def still_there(self):
        """The keys of both tenants are good: nobody has closed the accounts."""
        for who in ("one", "two"):
            try:
                Api(self.warp.api_url, self.keys[who]).get(f"{PREFIX}/network/ingress-ips")
            except ApiError:
                return False
        return True

    def known(self, name):
        """Mostly the id of something that is there; None: make one up."""
        if self.dice.random() < 0.2:
            return None
        if name == "customer_id" and self.who in self.own:
            return self.own[self.who]
        return self.dice.choice(self.ids[name]) if self.ids.get(name) else None

    def path_of(self, path, operation):
        for parameter in [*operation.get("parameters", [])]:
            if parameter.get("in") == "path":
                value = self.known(parameter["name"]) or self.schema.value(parameter.get("schema"))
                text = value if isinstance(value, str) else json.dumps(value)
                path = path.replace("{" + parameter["name"] + "}", urllib.parse.quote(text[:2000], safe="", errors="replace"))
        return path if path.startswith((PREFIX, "/v1")) else PREFIX + path

    def query_of(self, operation):
        pairs = []
        for parameter in operation.get("parameters", []):
            for_whom = self.who == "operator" and parameter.get("name") == "customer_id"
            if parameter.get("in") == "query" and self.dice.random() < (0.9 if for_whom or parameter.get("required") else 0.2):
                value = self.known(parameter["name"]) or self.schema.value(parameter.get("schema"))
                pairs.append((parameter["name"], value if isinstance(value, str) else json.dumps(value)))
        if self.dice.random() < 0.03:
            pairs.append((self.dice.choice(("x", "customer_id", "cursor", "fields", "sort")), self.dice.choice(TEXTS)))
        return "?" + urllib.parse.urlencode([(name, value[:3000]) for name, value in pairs], errors="surrogatepass") if pairs else ""

    def body_of(self, operation):
        content = operation.get("requestBody", {}).get("content", {})
        if not content:
            return None, None
        kind, form = self.dice.choice(sorted(content.items(), key=lambda item: item[0]))
        if kind != "application/json":
            return kind, self.dice.choice((b"", b"a,b\n1,2\n", b"\x00" * 100, b"prefix,per_minute\n1,0.01\n", b'"' * 5000))
        value = self.varied(form["example"], form.get("schema")) if "example" in form and self.dice.random() < 0.6 else self.schema.value(
            form.get("schema"))
        text = json.dumps(value, ensure_ascii=self.dice.random() < 0.5).encode(errors="surrogatepass")
        return kind, self.broken(text)

    def varied(self, example, schema):
        """The example with up to two of its schema's members made anew, added or left out."""
        properties = self.schema.resolved(schema or {}).get("properties", {})
        if not isinstance(example, dict) or not properties:
            return example
        out = {name: self.known(name) or value if name.endswith("_id") else value for name, value in example.items()}
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            name = self.dice.choice(sorted(properties))
            if self.dice.random() < 0.15:
                out.pop(name, None)
            else:
                out[name] = self.known(name) or self.schema.value(properties[name])
        return out

    def broken(self, text):
        roll = self.dice.random()
        if roll < 0.03:
            return text[:self.dice.randint(0, len(text))]
        if roll < 0.05:
            return b"[" * self.dice.choice((33, 1000, 100_000))
        if roll < 0.07 and text:
            at = self.dice.randrange(len(text))
            return text[:at] + bytes([self.dice.randrange(256)]) + text[at + 1:]
        if roll < 0.08:
            return text + text
        return text

    def headers_of(self, kind):
        headers, dice = {}, self.dice
        if self.who != "nobody":
            headers["Authorization"] = "Bearer " + self.keys[self.who]
        if kind:
            headers["Content-Type"] = kind if dice.random() < 0.97 else "text/plain"
        if dice.random() < 0.2:
            headers["Idempotency-Key"] = dice.choice(("a", "b", "x" * 201, " ", NOBODY))
        if dice.random() < 0.1:
            headers["If-Match"] = dice.choice(('"0000000000000000"', "*", "", 'W/"x", "y"'))
        if dice.random() < 0.1:
            headers["If-None-Match"] = dice.choice(("*", '"x"'))
        if dice.random() < 0.2:
            headers["Accept"] = dice.choice(("application/problem+json", "*/*;q=0", ""))
        if dice.random() < 0.2:
            headers["traceparent"] = dice.choice(("00-" + "0" * 32 + "-" + "0" * 16 + "-00", "x" * 300, ""))
        return headers

    def once(self):
        method, path, operation = self.dice.choice(self.operations)
        tenants = 8 if operation.get("x-scope") in self.of_tenants else 1
        self.who = self.dice.choices(("operator", "one", "two", "nobody"), (8, tenants, tenants / 2, 1))[0]
        target = self.path_of(path, operation) + self.query_of(operation)
        kind, body = self.body_of(operation)
        headers = self.headers_of(kind)
        source = f"127.0.{self.dice.randrange(200)}.1"  # failed authentications are counted by address
        connection = http.client.HTTPConnection("127.0.0.1", self.warp.ports["api"], timeout=20, source_address=(source, 0))
        self.sent += 1
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            fault = self.fault_of(self.who, answer, text)
            is_json = answer.headers.get("Content-Type", "").startswith("application/json")  # not x-ndjson
            if answer.status < 300 and self.who != "two":
                self.learn_from(path, json.loads(text or b"null") if is_json else None)
            self.by_status[answer.status] = self.by_status.get(answer.status, 0) + 1
        except (http.client.HTTPException, OSError) as error:
            # What is refused before it was read may end in a reset.
            fault = None if isinstance(error, (BrokenPipeError, ConnectionResetError)) and body and len(body) > 60_000 else f"{error!r}"
            text = b""
        finally:
            connection.close()
        if fault:
            self.tell(fault, method, target, headers, body, text)

    def fault_of(self, who, answer, text):
        kind = answer.headers.get("Content-Type", "")
        parsed = None
        if kind.startswith(("application/json", "application/problem+json")) and text:
            try:
                parsed = json.loads(text)
            except ValueError:
                return "no JSON"
        code = ""
        if isinstance(parsed, dict):
            error = parsed.get("error")
            code = parsed.get("code", "") if "problem" in kind else error.get("code", "") if isinstance(error, dict) else ""
        if answer.status >= 500 and answer.status != 502 and code != "GATEWAY_UNAVAILABLE":
            return f"status {answer.status}"
        if answer.status >= 400 and text and code not in self.codes:
            return f"an undocumented code {code!r}"
        foreign = {"one": f"{MARKER} two", "two": f"{MARKER} one", "nobody": MARKER}.get(who)
        if foreign and foreign.encode() in text and answer.status < 400:
            return "another tenant's object"
        return None

    def tell(self, fault, method, target, headers, body, text):
        self.faults += 1
        shown = {name: value for name, value in headers.items() if name != "Authorization"}
        print(f"FAULT {fault}, request {self.sent} of seed {self.seed}\n  {method} {target[:600]}\n  {shown}\n  {(body or b'')[:1500]!r}\n"
              f"  -> {text[:600]!r}", flush=True)


def run(warp, seconds, seed):
    fuzzer = Fuzzer(warp, seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end and fuzzer.faults < 50:
        fuzzer.once()
        if fuzzer.sent % 500 == 0:
            if not warp.daemon.pids():
                fuzzer.tell("the daemon ended", "", "", {}, b"", b"")
                break
            if not fuzzer.still_there():
                fuzzer.new_world()
            print(f"{fuzzer.sent} requests, {fuzzer.faults} faults", file=sys.stderr, flush=True)
    # A good request right after is served.
    try:
        warp.api().get(f"{PREFIX}/network/ingress-ips")
    except (ApiError, OSError) as error:
        fuzzer.tell(f"afterwards: {error}", "GET", "/network/ingress-ips", {}, b"", b"")
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(fuzzer.by_status.items()))
    print(f"{fuzzer.sent} requests of seed {seed}, {fuzzer.faults} faults; {statuses}")
    return fuzzer.faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else int(time.time())
    folder = pathlib.Path(tempfile.mkdtemp(prefix="warp-fuzz-"))
    folder.chmod(0o755)
    warp = instance.Instance(folder, folder.name, BIN / "warpd", durable=False)
    try:
        warp.start_anew(requests_per_second=1_000_000)
        faults = run(warp, arguments.seconds, seed)
    finally:
        warp.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

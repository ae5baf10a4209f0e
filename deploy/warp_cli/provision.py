"""Provisioning through the REST API alone, safe to repeat, and the demo tenant (config/demo)."""

import hashlib
import ipaddress
import json

from warp_cli import paths
from warp_cli.rest import ApiError

PREFIX = "/api/v1"
DEMO = paths.ROOT / "config" / "demo"
DEMO_IPS = {"customer": "127.0.0.2", "carrier_a": "127.0.0.3", "carrier_b": "127.0.0.4"}
DEMO_PORTS = {"customer": 5060, "carrier_a": 5060, "carrier_b": 5060}


class Provisioner:
    """Makes what is not there yet, known by its name; brings what is there to what is wanted."""

    def __init__(self, api):
        self.api = api

    def _ensure(self, path, wanted, of=""):
        """`of`: the query that names the customer to act on."""
        found = next((item for item in self.all(path, of) if item["name"] == wanted["name"]), None)
        if found is None:
            return self.api.post(PREFIX + path + of, wanted)["id"]
        self._bring(f"{PREFIX}{path}/{found['id']}{of}", found, wanted)
        return found["id"]

    def _bring(self, path, found, wanted):
        changed = {name: value for name, value in wanted.items() if name in found and found[name] != value}
        if changed:
            self.api.put(path, changed)

    def all(self, path, of=""):
        """All items of a list, page by page where it has pages."""
        answer = self.api.request("GET", PREFIX + path + of)
        items = answer["data"]
        for page in range(2, answer.get("meta", {}).get("total_pages", 1) + 1):
            items += self.api.request("GET", f"{PREFIX}{path}{of}{'&' if of else '?'}page={page}")["data"]
        return items

    def partition(self, name, **fields):
        return self._ensure("/partitions", {"name": name, **fields})

    def rate_plan(self, name, kind, deck, currency="USD", **fields):
        """With the deck's lines published; the description tells which deck it was, so that it is published once."""
        plan = self._ensure("/rate-plans", {"name": name, "kind": kind, "currency": currency, **fields})
        mark = "deck " + hashlib.sha256(deck.encode()).hexdigest()[:16]
        if self.api.get(f"{PREFIX}/rate-plans/{plan}")["description"] != mark:
            self.api.post_csv(f"{PREFIX}/rate-plans/{plan}/rates", deck)
            self.api.put(f"{PREFIX}/rate-plans/{plan}", {"description": mark})
        return plan

    def provider(self, name, rate_plan, endpoints, **fields):
        provider = self._ensure("/providers", {"name": name, "rate_plan_id": rate_plan, **fields})
        self._endpoints(f"/providers/{provider}/endpoints", endpoints)
        return provider

    def _endpoints(self, path, wanted, of=""):
        """Exactly these (host, port) are there afterwards."""
        there = {(item["host"], item["port"]): item["id"] for item in self.api.get(PREFIX + path + of)}
        for place in there.keys() - set(wanted):
            self.api.delete(f"{PREFIX}{path}/{there[place]}{of}")
        for host, port in wanted:
            if (host, port) not in there:
                self.api.post(PREFIX + path + of, {"host": host, "port": port, "transport": "UDP"})

    def route(self, partition, provider, prefix="", priority=100, **fields):
        wanted = {"partition_id": partition, "provider_id": provider, "prefix": prefix, "priority": priority, **fields}
        for found in self.all("/routes", f"?partition_id={partition}"):
            if (found["provider_id"], found["prefix"]) == (provider, prefix):
                self._bring(f"{PREFIX}/routes/{found['id']}", found, {"priority": priority, **fields})
                return found["id"]
        return self.api.post(f"{PREFIX}/routes", wanted)["id"]

    def set_enabled(self, kind, item, enabled):
        self.api.put(f"{PREFIX}/{kind}/{item}", {"enabled": enabled})

    def customer(self, name, partition, rate_plan, **fields):
        customer = self._ensure("/customers", {"name": name, "partition_id": partition, **fields})
        if self.api.get(f"{PREFIX}/customers/{customer}")["rate_plan_id"] != rate_plan:
            self.api.post(f"{PREFIX}/customers/{customer}/contracts", {"rate_plan_id": rate_plan})
        return customer

    def trunk(self, customer, name, ips, endpoints, **fields):
        of = f"?customer_id={customer}"
        trunk = self._ensure("/trunks", {"name": name, "auth_type": "IP_ACL", **fields}, of=of)
        there = {item["ip"] for item in self.api.get(f"{PREFIX}/trunks/{trunk}/ips{of}")}
        for ip in ips:
            if ip not in there:
                self.api.post(f"{PREFIX}/trunks/{trunk}/ips{of}",
                              {"ip": ip, "netmask": ipaddress.ip_address(ip).max_prefixlen})
        self._endpoints(f"/trunks/{trunk}/endpoints", endpoints, of)
        return trunk

    def number(self, e164, customer, trunk):
        """In the inventory, the customer's, delivered to its trunk."""
        path = f"{PREFIX}/numbers/+{e164}"
        try:
            voice = self.api.get(path)["voice"]
        except ApiError as error:
            if error.status != 404:
                raise
            self.api.post(f"{PREFIX}/numbers", {"tn": f"+{e164}", "customer_id": customer, "trunk_id": trunk})
            return
        if not voice or voice["trunk_id"] != trunk:
            self.api.patch(f"{path}/voice", {"trunk_id": trunk})


def demo(api, ports):
    """The demo tenant; what it is called where."""
    make = Provisioner(api)
    tenant = json.loads((DEMO / "tenant.json").read_text())
    plans = {name: make.rate_plan(plan["name"], plan["kind"], (DEMO / plan["deck"]).read_text(), plan["currency"])
             for name, plan in tenant["rate_plans"].items()}
    partition = make.partition(tenant["partition"])
    providers = {}
    for name, provider in tenant["providers"].items():
        providers[name] = make.provider(provider["name"], plans[provider["rate_plan"]],
                                        [(DEMO_IPS[name], ports[name])], attempt_timeout_ms=2000)
        make.route(partition, providers[name], provider["prefix"], provider["priority"])
    customer = make.customer(tenant["customer"]["name"], partition, plans[tenant["customer"]["rate_plan"]])
    trunk = make.trunk(customer, tenant["trunk"]["name"], [DEMO_IPS["customer"]],
                       [(DEMO_IPS["customer"], ports["customer"])])
    make.number(tenant["number"], customer, trunk)
    return {"customer_id": customer, "customer": tenant["customer"]["name"], "trunk_id": trunk, "number": tenant["number"],
            "providers": {identity: tenant["providers"][name]["name"] for name, identity in providers.items()}}

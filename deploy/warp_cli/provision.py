"""Provisioning through the REST API alone, safe to repeat, and the demo tenant (config/demo)."""

import hashlib
import ipaddress
import json

from warp_cli import paths
from warp_cli.rest import ApiError

PREFIX = "/api/v1"
DEMO = paths.ROOT / "config" / "demo"
DEMO_IPS = {"customer": "127.0.0.2", "carrier_a": "127.0.0.3", "carrier_b": "127.0.0.4", "upstream": "127.0.0.5"}
DEMO_PORTS = {"customer": 5060, "carrier_a": 5060, "carrier_b": 5060, "upstream": 2775}


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


    def connector(self, name, host, port, **fields):
        return self._ensure("/messaging/connectors", {"name": name, "host": host, "port": port, **fields})

    def esme(self, customer, system_id, password):
        """An SMPP account; its password is `password` afterwards."""
        found = next((item for item in self.all("/messaging/esmes", f"?customer_id={customer}")
                      if item["system_id"] == system_id), None)
        if found is None:
            self.api.post(f"{PREFIX}/messaging/esmes",
                          {"customer_id": customer, "system_id": system_id, "password": password})
        else:
            self.api.put(f"{PREFIX}/messaging/esmes/{found['id']}", {"password": password})

    def message_rates(self, plan, rates):
        """All of the plan's prices of a segment, by prefix."""
        path = f"{PREFIX}/rate-plans/{plan}/message-rates"
        if {item["prefix"]: item["per_segment"] for item in self.all(path[len(PREFIX):])} != rates:
            self.api.put(path, {"rates": [{"prefix": prefix, "per_segment": price} for prefix, price in rates.items()]})

    def message_route(self, connector, prefix=""):
        path = f"{PREFIX}/messaging/routes"
        if not any((item["connector_id"], item["prefix"]) == (connector, prefix) for item in self.all("/messaging/routes")):
            self.api.post(path, {"connector_id": connector, "prefix": prefix})


def demo_messaging(make, tenant, customer, plans, ports, password):
    """What the demo's message needs: prices, an upstream, a route to it and the customer's SMPP account."""
    wanted = tenant["messaging"]
    for plan, rates in wanted["rates"].items():
        make.message_rates(plans[plan], rates)
    upstream = make.connector(wanted["connector"], DEMO_IPS["upstream"], ports["upstream"], system_id="warp",
                              password="demo", rate_plan_id=plans[wanted["connector_rate_plan"]])
    make.message_route(upstream)
    make.api.put(f"{PREFIX}/customers/{customer}/messaging", {"rate_plan_id": plans[tenant["customer"]["rate_plan"]]})
    make.esme(customer, wanted["system_id"], password)
    return {"customer_id": customer, "system_id": wanted["system_id"], "sender": tenant["number"], "connector_id": upstream}


def demo(api, ports, esme_password):
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
    messaging = demo_messaging(make, tenant, customer, plans, ports, esme_password)
    return {"customer_id": customer, "messaging": messaging, "customer": tenant["customer"]["name"], "trunk_id": trunk, "number": tenant["number"],
            "providers": {identity: tenant["providers"][name]["name"] for name, identity in providers.items()}}

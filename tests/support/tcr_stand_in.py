#!/usr/bin/env python3
"""A stand-in for The Campaign Registry's API for service providers: brands, campaigns, their review, its errors, its rate
limit and its signed events. Python's standard library alone.

By hand:

    python3 tests/support/tcr_stand_in.py --port 8900
    # warp.yaml:  integrations: {tcr: {url: 'http://127.0.0.1:8900/v2', key: {env: TCR_KEY}, secret: {env: TCR_SECRET},
    #                                  partner: SDCA001, webhook_url: 'http://127.0.0.1:8443/callbacks/tcr'}}
    # TCR_KEY=key TCR_SECRET=secret warpd run --config warp.yaml
    curl -X POST localhost:8900/control/approve/C000001        # carriers say yes; an event goes out
    curl -X POST localhost:8900/control/reject/C000001?reason=no+opt-in
    curl -X POST localhost:8900/control/suspend/C000001
    curl -X POST localhost:8900/control/verify/B000001         # identity VERIFIED
    curl -X POST localhost:8900/control/vet/B000001?score=75   # VETTED_VERIFIED with a score
    curl -X POST localhost:8900/control/limit?requests=3       # the next 3 requests get 429
    curl -X POST localhost:8900/control/events?on=0            # events off: polling must find it

Sharing with a partner is accepted at once. Everything is forgotten at its end.
"""

import argparse
import base64
import hashlib
import hmac
import itertools
import json
import re
import threading
import urllib.parse
import urllib.request

from stand_in_web import Web, run, send

CARRIERS = {"10017": "AT&T", "10035": "T-Mobile", "10036": "US Cellular", "10038": "Verizon"}
ENTITY_TYPES = {"PRIVATE_PROFIT", "PUBLIC_PROFIT", "NON_PROFIT", "GOVERNMENT", "SOLE_PROPRIETOR"}
USE_CASES = {"2FA", "ACCOUNT_NOTIFICATION", "CUSTOMER_CARE", "DELIVERY_NOTIFICATION", "FRAUD_ALERT", "HIGHER_EDUCATION",
             "LOW_VOLUME", "MARKETING", "MIXED", "POLLING_VOTING", "PUBLIC_SERVICE_ANNOUNCEMENT", "SECURITY_ALERT", "CHARITY",
             "EMERGENCY", "POLITICAL", "SOLE_PROPRIETOR"}
CHANGEABLE = {"resellerId", "description", "sample1", "sample2", "sample3", "sample4", "sample5", "messageFlow", "helpMessage",
              "autoRenewal", "optinKeywords", "optoutKeywords", "helpKeywords", "optinMessage", "optoutMessage",
              "privacyPolicyLink", "termsAndConditionsLink"}
INVALID, NOT_FOUND, NOT_QUALIFIED, IN_USE = 500, 502, 504, 507  # error codes


class Refused(Exception):
    def __init__(self, status, *errors):
        super().__init__(errors)
        self.status, self.errors = status, list(errors)


def fault(code, description, *fields):
    return {"code": code, "fields": list(fields), "description": description}


def signature(url, event, secret):
    canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(hmac.new(secret.encode(), (url + canonical).encode(), hashlib.sha1).digest()).decode()


class StandIn:
    def __init__(self, port=0, key="key", secret="secret", ip="127.0.0.1"):
        self.key, self.secret = key, secret
        self.brands, self.campaigns, self.subscriptions = {}, {}, {}
        self.numbers = itertools.count(1)
        self.refuse_next, self.send_events = 0, True
        self.lock = threading.RLock()
        self.web = Web(self._serve, port, ip)
        self.url = f"{self.web.url}/v2"
        self.stop = self.web.stop

    # -- what the registry and the carriers decide ---------------------------------------------------------------

    def decide(self, campaign, state, reason=""):
        """All carriers at once: APPROVED, REJECTED, SUSPENDED."""
        with self.lock:
            found = self._campaign(campaign)
            found["operations"] = {network: state for network in CARRIERS}
            if state == "REJECTED" and reason and found["sharing"]:
                found["sharing"].update(sharingStatus="DECLINED", explanation=reason)
            brand = found["object"]["brandId"]
        for network, name in CARRIERS.items():
            self._emit("CAMPAIGN", f"MNO_CAMPAIGN_OPERATION_{state}", brandId=brand, campaignId=campaign, mnoId=int(network),
                       mnoName=name, **({"description": reason} if reason else {}))

    def verify(self, brand, status="VERIFIED", score=None):
        with self.lock:
            found = self._brand(brand)
            found["object"]["identityStatus"] = status
            if score is not None:
                found["vettings"].append({"evpId": "AEGIS", "vettingClass": "STANDARD", "vettingStatus": "ACTIVE",
                                          "vettingScore": score})
        self._emit("BRAND", "BRAND_IDENTITY_STATUS_UPDATE", brandId=brand, brandIdentityStatus=status)

    def _emit(self, category, kind, **more):
        with self.lock:
            url = self.subscriptions.get(category)
            if not url or not self.send_events:
                return
        event = {"cspId": "SWARP01", "cspName": "WARP", "eventType": kind, **more}
        request = urllib.request.Request(url, json.dumps(event, indent=1).encode(), method="POST", headers={
            "Content-Type": "application/json; utf-8", "X-Registry-Signature": signature(url, event, self.secret)})

        def post():
            try:
                with urllib.request.urlopen(request, timeout=5):
                    pass
            except OSError:
                pass  # TCR posts again; who polls does not need it
        threading.Thread(target=post, daemon=True).start()

    # -- HTTP ----------------------------------------------------------------------------------------------------

    def _serve(self, handler):
        octets = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path, _, query = handler.path.partition("?")
        asked = {name: values[0] for name, values in urllib.parse.parse_qs(query).items()}
        parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
        more = {}
        try:
            if parts[0] == "control":
                status, answer = 200, self._control(parts[1:], asked)
            else:
                self._admit(handler.headers.get("Authorization", ""), more)
                body = json.loads(octets) if octets else {}
                with self.lock:
                    status, answer = 200, self._route(handler.command, parts[1:], body)
        except Refused as refused:
            status, answer = refused.status, refused.errors
        except json.JSONDecodeError:
            status, answer = 400, [fault(INVALID, "The body is no JSON")]
        send(handler, status, b"" if answer is None else answer, headers=more)

    def _admit(self, authorization, more):
        wanted = "Basic " + base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        if authorization != wanted:
            raise Refused(401, fault(401, "Unauthorized"))
        with self.lock:
            if self.refuse_next > 0:
                self.refuse_next -= 1
                more["Retry-After"] = "0"
                raise Refused(429, fault(429, "Too many requests"))

    def _control(self, parts, asked):
        action, name = parts[0], parts[1] if len(parts) > 1 else ""
        if action in ("approve", "reject", "suspend"):
            state = {"approve": "APPROVED", "reject": "REJECTED", "suspend": "SUSPENDED"}[action]
            self.decide(name, state, asked.get("reason", ""))
        elif action == "verify":
            self.verify(name)
        elif action == "vet":
            self.verify(name, "VETTED_VERIFIED", int(asked.get("score", "75")))
        elif action == "limit":
            self.refuse_next = int(asked.get("requests", "1"))
        elif action == "events":
            self.send_events = asked.get("on", "1") != "0"
        else:
            raise Refused(404, fault(NOT_FOUND, "No such control"))
        return {"done": True}

    ROUTES = [
        ("POST", r"brand/nonBlocking", "_new_brand"), ("GET", r"brand/([^/]+)", "_get_brand"),
        ("PUT", r"brand/([^/]+)", "_change_brand"), ("DELETE", r"brand/([^/]+)", "_delete_brand"),
        ("PUT", r"brand/([^/]+)/revet", "_revet"), ("GET", r"brand/([^/]+)/externalVetting", "_vettings"),
        ("GET", r"campaignBuilder/brand/([^/]+)/usecase/([^/]+)", "_qualify"), ("POST", r"campaignBuilder", "_new_campaign"),
        ("GET", r"campaign/([^/]+)", "_get_campaign"), ("PUT", r"campaign/([^/]+)", "_change_campaign"),
        ("DELETE", r"campaign/([^/]+)", "_delete_campaign"), ("PUT", r"campaign/([^/]+)/resubmit", "_resubmit"),
        ("GET", r"campaign/([^/]+)/operationStatus", "_operations"), ("GET", r"campaign/([^/]+)/mnoMetadata", "_metadata"),
        ("GET", r"campaign/([^/]+)/sharing", "_sharing"), ("PUT", r"campaign/([^/]+)/sharing/([^/]+)", "_share"),
        ("POST", r"campaign/([^/]+)/nudge", "_nudge"), ("PUT", r"webhook/subscription", "_subscribe"),
    ]

    def _route(self, method, parts, body):
        path = "/".join(parts)
        for wanted, pattern, name in self.ROUTES:
            match = re.fullmatch(pattern, path)
            if match and wanted == method:
                return getattr(self, name)(body, *match.groups())
        raise Refused(404, fault(NOT_FOUND, f"No such operation: {method} {path}"))

    def _brand(self, name):
        found = self.brands.get(name)
        if not found:
            raise Refused(400, fault(NOT_FOUND, "Brand not found", "brandId"))
        return found

    def _campaign(self, name):
        found = self.campaigns.get(name)
        if not found:
            raise Refused(400, fault(NOT_FOUND, "Campaign not found", "campaignId"))
        return found

    # -- brands --------------------------------------------------------------------------------------------------

    @staticmethod
    def _check_brand(body):
        needed = ["entityType", "displayName", "phone", "email", "country", "brandRelationship"]
        needed += ["firstName", "lastName"] if body.get("entityType") == "SOLE_PROPRIETOR" else ["companyName", "ein", "vertical"]
        errors = [fault(INVALID, f"{name} is required", name) for name in needed if not body.get(name)]
        if body.get("entityType") and body["entityType"] not in ENTITY_TYPES:
            errors.append(fault(INVALID, "Unknown entity type", "entityType"))
        if body.get("phone") and not re.fullmatch(r"\+[1-9]\d{6,14}", body["phone"]):
            errors.append(fault(INVALID, "Invalid phone number", "phone"))
        if body.get("country", "US") == "US" and body.get("ein") and not re.fullmatch(r"\d{9}", body["ein"]):
            errors.append(fault(INVALID, "Invalid EIN", "ein"))
        if errors:
            raise Refused(400, *errors)

    def _new_brand(self, body):
        self._check_brand(body)
        name = f"B{next(self.numbers):06}"
        own = body.get("entityType") == "SOLE_PROPRIETOR"
        self.brands[name] = {"vettings": [], "object": {
            **body, "brandId": name, "cspId": "SWARP01", "identityStatus": "SELF_DECLARED" if own else "UNVERIFIED",
            "mock": body.get("mock", False)}}
        return self.brands[name]["object"]

    def _get_brand(self, _, name):
        return self._brand(name)["object"]

    def _change_brand(self, body, name):
        found = self._brand(name)
        self._check_brand(body)
        kept = {key: found["object"][key] for key in ("brandId", "cspId", "identityStatus", "mock")}
        found["object"] = {**body, **kept}
        return found["object"]

    def _delete_brand(self, _, name):
        self._brand(name)
        if any(c["object"]["brandId"] == name and c["object"]["status"] == "ACTIVE" for c in self.campaigns.values()):
            raise Refused(400, fault(IN_USE, "The brand has active campaigns", "brandId"))
        del self.brands[name]

    def _revet(self, _, name):
        self._brand(name)["object"]["identityStatus"] = "UNVERIFIED"
        return self._brand(name)["object"]

    def _vettings(self, _, name):
        return self._brand(name)["vettings"]

    # -- campaigns -----------------------------------------------------------------------------------------------

    def _qualify(self, _, brand, usecase):
        status = self._brand(brand)["object"]["identityStatus"]
        if usecase not in USE_CASES:
            raise Refused(400, fault(INVALID, "Unknown use case", "usecase"))
        able = status != "UNVERIFIED"
        return {"usecase": usecase, "minSubUsecases": 0, "maxSubUsecases": 5,
                "mnoMetadata": {network: {"mno": name, "qualify": able, "minMsgSamples": 1, "mnoReview": True}
                                for network, name in CARRIERS.items()}}

    def _new_campaign(self, body):
        errors = [fault(INVALID, f"{name} is required", name) for name in ("brandId", "usecase", "description") if not body.get(name)]
        if len(body.get("description", "")) < 40:
            errors.append(fault(INVALID, "description must have 40 characters", "description"))
        if not body.get("sample1"):
            errors.append(fault(INVALID, "sample1 is required", "sample1"))
        if errors:
            raise Refused(400, *errors)
        if self._brand(body["brandId"])["object"]["identityStatus"] == "UNVERIFIED":
            raise Refused(400, fault(NOT_QUALIFIED, "The brand is not verified", "brandId"))
        name = f"C{next(self.numbers):06}"
        self.campaigns[name] = {"operations": {network: "REVIEW" for network in CARRIERS}, "sharing": None,
                                "object": {**body, "campaignId": name, "cspId": "SWARP01", "status": "ACTIVE", "mock": False}}
        return {"campaignId": name, "mnoMetadata": {}}

    def _get_campaign(self, _, name):
        return self._campaign(name)["object"]

    def _change_campaign(self, body, name):
        found = self._campaign(name)
        fixed = sorted(set(body) - CHANGEABLE)
        if fixed:
            raise Refused(400, *(fault(INVALID, f"{key} cannot change", key) for key in fixed))
        found["object"].update(body)
        return found["object"]

    def _delete_campaign(self, _, name):
        self._campaign(name)["object"]["status"] = "EXPIRED"

    def _resubmit(self, _, name):
        found = self._campaign(name)
        found["operations"] = {network: "REVIEW" for network in CARRIERS}
        if found["sharing"]:
            found["sharing"]["sharingStatus"] = "PENDING"
        return found["object"]

    def _operations(self, _, name):
        return self._campaign(name)["operations"]

    def _metadata(self, _, name):
        self._campaign(name)
        return {network: {"mno": mno, "qualify": True} for network, mno in CARRIERS.items()}

    def _sharing(self, _, name):
        mine = self._campaign(name)["sharing"]
        return {"sharedByMe": mine, "sharedWithMe": None} if mine else {}

    def _share(self, _, name, partner):
        found = self._campaign(name)
        found["sharing"] = {"downstreamCnpId": "SWARP01", "upstreamCnpId": partner, "sharingStatus": "ACCEPTED"}
        return found["sharing"]

    def _nudge(self, body, name):
        self._campaign(name)
        if body.get("nudgeIntent") not in ("REVIEW", "APPEAL_REJECTION"):
            raise Refused(400, fault(INVALID, "Unknown intent", "nudgeIntent"))

    def _subscribe(self, body):
        self.subscriptions[body["eventCategory"]] = body["webhookEndpoint"]
        return body


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--key", default="key")
    parser.add_argument("--secret", default="secret")
    arguments = parser.parse_args()
    stand_in = StandIn(arguments.port, arguments.key, arguments.secret)
    print(f"TCR stands in at {stand_in.url}", flush=True)
    run(stand_in)


if __name__ == "__main__":
    main()

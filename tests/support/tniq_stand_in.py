"""A stand-in for a provider of numbers and portability: projects whose numbers move when the test says so."""

import json
import re
import threading
import urllib.parse

from stand_in_web import Web, send


class StandIn:
    def __init__(self, token="tniq-token"):
        self.token, self.projects, self.orders, self.asked = token, {}, {}, []
        self.stock, self.down, self.lock = {}, False, threading.Lock()
        self.web = Web(self._serve)
        self.url, self.stop = self.web.url, self.web.stop

    def _serve(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = json.loads(handler.rfile.read(length) or b"{}") if length else {}
        with self.lock:
            status, data = self.handle(handler.command, handler.path, body, handler.headers.get("Authorization"))
        send(handler, status, {"success": True, "data": data} if status < 400 else {"success": False, "error": data})

    def move(self, tn, state, **more):
        with self.lock:
            for project in self.projects.values():
                if tn in project["tns"]:
                    project["tns"][tn].update(lifecycle_state=state, **more)

    def handle(self, method, target, body, authorization):
        path = urllib.parse.urlsplit(target).path
        self.asked.append(f"{method} {path}")
        if self.down:
            return 503, {"message": "down"}
        if authorization != f"Bearer {self.token}":
            return 401, {"message": "who?"}
        if path == "/porting/preview":
            return 200, {"tns": [self.number(tn) for tn in body["tns"]]}
        if path == "/porting/projects" and method == "POST":
            made = {"id": f"P{len(self.projects) + 1}", "name": body.get("name", ""), "tns": {}}
            self.projects[made["id"]] = made
            return 201, {"id": made["id"], "name": made["name"]}
        if path == "/inventory/search":
            return 200, {"numbers": list(self.stock.values()), "total": len(self.stock)}
        if path == "/inventory/orders":
            return self.order(body)
        found = re.fullmatch(r"/porting/projects/(\w+)(/.*)?", path)
        if not found or found[1] not in self.projects:
            return 404, {"message": "unknown"}
        return self.project(method, self.projects[found[1]], (found[2] or "").strip("/"), body)

    @staticmethod
    def number(tn):
        return {"tn": tn, "current_spid": "7421", "carrier_name": "Old Telco", "state": "CO", "lata": 656,
                "lifecycle_state": "DRAFT", "validation_status": "PENDING", "validation_errors": []}

    def order(self, body):
        earlier = self.orders.get(body["tn"])
        if earlier and earlier != body["order_id"]:
            return 409, {"message": "taken"}
        if body["tn"] not in self.stock and not earlier:
            return 404, {"message": "none"}
        self.orders[body["tn"]] = body["order_id"]
        return 200, self.stock.pop(body["tn"], {"tn": body["tn"]})

    def project(self, method, project, tail, body):
        numbers = project["tns"]
        chosen = [numbers[tn] for tn in body.get("tns", numbers) if tn in numbers] if tail != "tns" else []
        if tail == "tns" and method == "POST":
            for tn in body["tns"]:
                numbers.setdefault(tn, self.number(tn))
            return 200, {"total": len(numbers)}
        if tail == "tns":
            return 200, {"tns": list(numbers.values())}
        if tail == "" and method == "DELETE":
            self.projects.pop(project["id"])
            return 200, {}
        if tail == "validate" or tail == "auto-fix" or tail.startswith("groups/"):
            for one in chosen or numbers.values():
                one.update(lifecycle_state="READY_FOR_SUBMISSION", validation_status="VALID")
            return 200, {}
        states = {"submit": "PENDING_FOC", "resubmit": "PENDING_FOC", "supplement": "SUPPLEMENT_REQUESTED",
                  "cancel": "CANCELLED", "activate": "ACTIVATED"}
        if tail not in states:
            return 404, {"message": "unknown"}
        for one in chosen:
            one["lifecycle_state"] = states[tail]
        return 200, {}

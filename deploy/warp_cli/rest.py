"""A client of the REST API: one method a verb, the envelope opened, failures as ApiError."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request


class ApiError(Exception):
    def __init__(self, status, code, message, body):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.body = status, code, body


class Api:
    def __init__(self, base, key):
        self.base = base.rstrip("/")
        self.key = key
        self.changed_at = None  # when the last request that may change something was sent

    def request(self, method, path, body=None, content_type="application/json", raw=False):
        if method != "GET":
            self.changed_at = time.monotonic()
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Authorization", f"Bearer {self.key}")
        request.add_header("Accept", "application/json")
        if data is not None:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise _failure(error) from None
        if raw or not text:
            return text
        return json.loads(text)

    def get(self, path, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self.request("GET", path)["data"]

    def post(self, path, body=None):
        return (self.request("POST", path, {} if body is None else body) or {}).get("data")

    def put(self, path, body):
        return (self.request("PUT", path, body) or {}).get("data")

    def patch(self, path, body):
        return (self.request("PATCH", path, body) or {}).get("data")

    def delete(self, path):
        return self.request("DELETE", path)

    def post_csv(self, path, text):
        return self.request("POST", path, text.encode(), "text/csv")["data"]


def _failure(error):
    body = error.read().decode(errors="replace")
    try:
        fault = json.loads(body)["error"]
        return ApiError(error.code, fault.get("code", "?"), fault.get("message", ""), body)
    except (ValueError, KeyError, TypeError):
        return ApiError(error.code, "?", body[:500], body)

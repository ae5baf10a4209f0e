#!/usr/bin/env python3
"""A stand-in for Telique's telecom-data API: all 15 operations, its errors, its rate limit, and its bad days. Python's
standard library alone.

By hand:

    python3 tests/support/telique_stand_in.py --port 8910
    # warp.yaml:  numbers: {telique: {url: 'http://127.0.0.1:8910/v1/telique', token: {env: TELIQUE_TOKEN}}}
    # TELIQUE_TOKEN=tlq_stand_in warpd run --config warp.yaml
    curl localhost:8910/v1/telique/lrn/2125550100?format=json
    curl -X POST 'localhost:8910/control/port/2125550100?lrn=7165550000&spid=7421'
    curl -X POST 'localhost:8910/control/dno/2125550199'
    curl -X POST 'localhost:8910/control/name/2125550100?text=ALICE'
    curl -X POST 'localhost:8910/control/mode?is=slow&seconds=3'  # also: 400 401 403 404 405 429 502 503, half, drop, text,
                                                                  # broken, types, flat; well ends it
    curl -X POST 'localhost:8910/control/limit?requests=3&retry_after=1'  # the next 3 get 429

Without a token ten requests a minute are answered; a token begins with tlq_. Everything is forgotten at its end.
"""

import argparse
import json
import re
import socket
import threading
import time
import urllib.parse

from stand_in_web import Web, run, send

PREFIX = "/v1/telique"
TOLL_FREE = ("800", "822", "833", "844", "855", "866", "877", "888")
TABLES = ["lerg_1", "lerg_1_con", "lerg_2", "lerg_3", "lerg_4", "lerg_5", "lerg_6", "lerg_6_atc", "lerg_6_ins", "lerg_6_odd",
          "lerg_7", "lerg_7_ins", "lerg_7_sha", "lerg_7_sha_ins", "lerg_8", "lerg_8_lir", "lerg_8_loc", "lerg_8_pst", "lerg_9",
          "lerg_9_atc", "lerg_10", "lerg_11", "lerg_12", "lerg_12_ins", "lerg_16", "lerg_17", "lergdate"]
FIELDS = {
    "lerg_1": ["ocn_num", "ocn_name", "abbre_ocn_name", "ocn_state", "category", "overall_ocn"],
    "lerg_6": ["npa", "nxx", "block_id", "lata", "lata_name", "loc_name", "loc_state", "ocn", "aocn", "switch", "sha_indicator",
               "rc_abbre", "rc_type", "coc_type", "eff_date", "status"],
    "lerg_7": ["switch", "ocn", "aocn"],
    "lerg_7_sha": ["switch", "sha_indicator", "h_trm_d_tdm", "host", "ocn"],
    "lerg_12": ["lrn", "lata", "lata_name", "switch", "ocn", "status", "eff_date"],
}
FORMAT_OF = {"lrn", "dno", "ror", "cic", "cicror", "cpr"}  # those whose answers are plain text unless JSON is asked for


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.body = status, {"error": {"code": code, "message": message}}


def bad(message):
    return Refused(400, "BAD_REQUEST", message)


def missing(message):
    return Refused(404, "NOT_FOUND", message)


def block(npa, nxx, block_id, state, lata, ocn, centre, coc="EOC"):
    return {"npa": npa, "nxx": nxx, "block_id": block_id, "lata": lata, "lata_name": f"LATA {lata}", "loc_name": centre,
            "loc_state": state, "ocn": ocn, "aocn": ocn, "switch": f"{centre[:4]}{state}DS0", "sha_indicator": "00",
            "rc_abbre": centre, "rc_type": "Z", "coc_type": coc, "eff_date": "2020-01-01", "status": "A"}


def few_blocks():
    return [block("212", "555", "A", "NY", "132", "9102", "NWYRCYZN01"),
            block("212", "555", "4", "NJ", "224", "6529", "JERSEYCITY", "PMC"),
            block("716", "555", "A", "NY", "140", "9104", "BUFFALO"),
            block("202", "555", "A", "DC", "236", "9211", "WASHINGTON"),
            block("415", "555", "A", "CA", "722", "9740", "SNFCCNTRL"),
            block("416", "555", "A", "ON", "888", "8050", "TORONTO")]


class StandIn:
    def __init__(self, port=0, token="tlq_stand_in", ip="127.0.0.1", blocks=None):
        self.token, self.blocks = token, blocks if blocks is not None else few_blocks()
        self.ported, self.names, self.dno = {}, {}, {}
        self.carriers, self.organisations = {}, {}
        self.mode, self.seconds = "well", 0.0
        self.refuse_next, self.retry_after = 0, None
        self.asked, self.anonymous = [], []  # paths; times of requests without a token
        self.connections = 0
        self.lock = threading.RLock()
        self.web = Web(self._serve, port, ip, self._opened)
        self.port, self.url = self.web.server_port, f"{self.web.url}{PREFIX}"
        self.stop = self.web.stop

    def _opened(self):
        with self.lock:
            self.connections += 1

    # -- what a test says ----------------------------------------------------------------------------------------

    def port_number(self, number, lrn, spid="7421"):
        with self.lock:
            self.ported[number] = {"lrn": lrn, "spid": spid}

    def behave(self, mode, seconds=0.0):
        with self.lock:
            self.mode, self.seconds = mode, seconds

    def limit(self, requests, retry_after=None):
        with self.lock:
            self.refuse_next, self.retry_after = requests, retry_after

    # -- HTTP ----------------------------------------------------------------------------------------------------

    def _serve(self, handler):
        octets = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path, _, query = handler.path.partition("?")
        asked = {name: values[0] for name, values in urllib.parse.parse_qs(query).items()}
        headers = {}
        if path.startswith("/control/"):
            return self._send(handler, 200, self._control(path.split("/")[2:], asked), headers)
        with self.lock:
            self.asked.append(handler.path)
            mode, seconds = self.mode, self.seconds
        if mode == "slow":
            time.sleep(seconds)
        if mode == "drop":
            return self._cut(handler, b"")
        if mode == "half":
            return self._cut(handler, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"lrn\": \"21")
        try:
            self._admit(handler, headers)
            if mode.isdigit():
                raise Refused(int(mode), "TOLD_TO", f"told to answer {mode}")
            if not path.startswith(PREFIX + "/"):
                raise missing("no such path")
            status, answer = 200, self._route(handler.command, path[len(PREFIX) + 1:], asked, octets)
        except Refused as refused:
            status, answer = refused.status, refused.body
        if status == 200 and mode == "broken":
            answer = "{\"lrn\": "
        if status == 200 and mode == "types" and isinstance(answer, dict):
            answer = {name: 7 if isinstance(value, str) else "seven" for name, value in answer.items()}
        if status == 200 and mode == "flat" and isinstance(answer, dict) and "metadata" in answer:
            answer = {"lrn": answer["lrn"], **answer["metadata"]}
        if status == 200 and mode == "text" and isinstance(answer, dict):
            answer = ";".join(str(value) for value in answer.values() if isinstance(value, str))
        return self._send(handler, status, answer, headers)

    @staticmethod
    def _cut(handler, octets):
        handler.close_connection = True
        if octets:
            handler.wfile.write(octets)
            handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _send(handler, status, answer, headers):
        if isinstance(answer, str):
            send(handler, status, answer.encode(), "text/plain", headers)
        else:
            send(handler, status, answer, headers=headers)

    def _admit(self, handler, headers):
        token = handler.headers.get("x-api-token")
        with self.lock:
            if self.refuse_next > 0:
                self.refuse_next -= 1
                if self.retry_after is not None:
                    headers["Retry-After"] = str(self.retry_after)
                raise Refused(429, "RATE_LIMITED", "too many requests")
            if token is None:
                now = time.monotonic()
                self.anonymous = [at for at in self.anonymous if now - at < 60]
                if len(self.anonymous) >= 10:
                    raise Refused(429, "RATE_LIMITED", "10 requests a minute without a token")
                self.anonymous.append(now)
                return
        if not token.startswith("tlq_"):
            raise Refused(401, "UNAUTHORIZED", "not a token")
        if token != self.token:
            raise Refused(403, "FORBIDDEN", "the token is not known")

    def _control(self, parts, asked):
        action, name = parts[0], parts[1] if len(parts) > 1 else ""
        if action == "port":
            self.port_number(name, asked["lrn"], asked.get("spid", "7421"))
        elif action == "name":
            self.names[name] = asked.get("text", "ALICE")
        elif action == "dno":
            self.dno[name] = asked.get("source", "FTC")
        elif action == "cic":
            self.carriers[name] = asked.get("is", "0288")
        elif action == "mode":
            self.behave(asked.get("is", "well"), float(asked.get("seconds", "0")))
        elif action == "limit":
            self.limit(int(asked.get("requests", "1")), asked.get("retry_after"))
        return {"done": True}

    # (method, path, operation); literal second segments come before names of tables
    ROUTES = [
        ("GET", r"lrn/([^/]+)", "_lrn"),                                    # 1
        ("GET", r"lsms/list/([^/]+)", "_relation"),                         # 2
        ("GET", r"dno/([^/]+)", "_dno"),                                    # 3
        ("GET", r"cnam/([^/]+)", "_cnam"),                                  # 4
        ("GET", r"lerg/tables", "_tables"),                                 # 5
        ("GET", r"lerg/tables/([^/]+)", "_table"),                          # 6
        ("POST", r"lerg/query", "_query"),                                  # 8
        ("GET", r"lerg/tandem", "_tandem"),                                 # 9
        ("POST", r"lsms/gql", "_lsms_gql"),                                 # 14
        ("POST", r"lerg/gql", "_lerg_gql"),                                 # 15
        ("GET", r"(?:lsms|lerg)/gql", "_playground"),
        ("GET", r"lerg/([^/]+)/([^/]+)/([^/]+)", "_rows"),                  # 7
        ("GET", r"ror/([^/]+)", "_ror"),                                    # 10
        ("GET", r"ror/([^/]+)/([^/]+)", "_of_ror"),                         # 12
        ("GET", r"cpr/([^/]+)", "_cpr"),                                    # 13
        ("GET", r"(cic|cicror)/([^/]+)/([^/]+)/([^/]+)", "_cic"),           # 11
    ]

    def _route(self, method, path, asked, octets):
        known = False
        for wanted, pattern, name in self.ROUTES:
            match = re.fullmatch(pattern, path)
            if not match:
                continue
            known = True
            if wanted == method:
                with self.lock:
                    groups = [urllib.parse.unquote(group) for group in match.groups()]
                    answer = getattr(self, name)(asked, octets, *groups)
                if asked.get("format") != "json" and path.split("/")[0] in FORMAT_OF and not isinstance(answer, str):
                    return self._as_text(path.split("/")[0], answer)
                return answer
        if known:
            raise Refused(405, "METHOD_NOT_ALLOWED", f"{method} is not for {path}")
        raise missing(f"no such path: {path}")

    @staticmethod
    def _as_text(kind, answer):
        if kind == "lrn":
            return f"{answer['lrn']};{answer['metadata']['spid']}"
        if kind == "dno":
            return "true" if answer["is_dno"] else "false"
        return ";".join(str(value) for value in answer.values() if not isinstance(value, (dict, list)))

    @staticmethod
    def _number(text, pattern=r"\d{10}"):
        if not re.fullmatch(pattern, text):
            raise bad("phone_number has not its form")
        return text

    # -- numbers -------------------------------------------------------------------------------------------------

    def _lrn(self, asked, _, number):
        self._number(number)
        found = self.ported.get(number)
        if not found:
            raise missing("no such number")
        return {"phone_number": number, "lrn": found["lrn"], "status": "success", "timestamp": "2025-06-15T12:00:00Z",
                "metadata": {"spid": found["spid"], "lnp_type": "lspp", "activation_timestamp": "2020-01-01T00:00:00Z",
                             "last_updated": "2020-01-01T00:00:00Z"}}

    def _relation(self, asked, _, resource):
        filters = {name: asked[name] for name in ("lrn", "spid", "phone_number") if name in asked}
        if resource not in ("phone_number", "spid", "lrn"):
            raise missing("no such resource")
        if len(filters) != 1:
            raise bad("exactly one filter")
        (name, value), = filters.items()
        rows = [{"phone_number": number, **data} for number, data in self.ported.items()]
        found = sorted({row[resource] for row in rows if row[name] == value})
        return {f"{resource}s": found, "count": len(found),
                "query": {"lrn": None, "spid": None, "phone_number": None, **filters}}

    def _dno(self, asked, _, number):
        number = re.sub(r"^(\+1|001|1)(?=\d{10}$)", "", number)
        self._number(number)
        for length in (10, 7, 6, 3):
            if number[:length] in self.dno:
                return {"is_dno": True, "matched_pattern": number[:length], "source": self.dno[number[:length]]}
        return {"is_dno": False}

    def _cnam(self, asked, _, number):
        self._number(number, r"\d{10,15}")
        name = self.names.get(number)
        return {"calling_name": name or "WIRELESS CALLER", "calling_name_status": "available" if name else "unavailable",
                "presentation_indicator": "allowed"}

    # -- LERG ----------------------------------------------------------------------------------------------------

    def _table_rows(self, table):
        if table not in TABLES:
            raise missing(f"no such table: {table}")
        if table == "lerg_6":
            return self.blocks
        if table == "lerg_1":
            return [{"ocn_num": ocn, "ocn_name": f"CARRIER {ocn}", "abbre_ocn_name": ocn, "ocn_state": "NY", "category": "RBOC",
                     "overall_ocn": ocn} for ocn in sorted({row["ocn"] for row in self.blocks})]
        if table == "lerg_7_sha":
            return [{"switch": switch, "sha_indicator": "00", "h_trm_d_tdm": "NYCMNYTDM", "host": "", "ocn": ocn}
                    for switch, ocn in sorted({(row["switch"], row["ocn"]) for row in self.blocks})]
        if table == "lerg_7":
            return [{"switch": switch, "ocn": ocn, "aocn": ocn}
                    for switch, ocn in sorted({(row["switch"], row["ocn"]) for row in self.blocks})]
        if table == "lerg_12":
            return [{"lrn": data["lrn"], "lata": "132", "lata_name": "LATA 132", "switch": "", "ocn": "9102", "status": "A",
                     "eff_date": "2020-01-01"} for data in self.ported.values()]
        return []

    @staticmethod
    def _page(asked, rows):
        try:
            limit, offset = int(asked.get("limit", 100)), int(asked.get("offset", 0))
        except (TypeError, ValueError) as error:
            raise bad("limit and offset are numbers") from error
        if not 1 <= limit <= 10000 or offset < 0:
            raise bad("limit is 1 to 10000, offset 0 or more")
        return {"data": rows[offset:offset + limit], "count": len(rows), "limit": limit, "offset": offset}

    @staticmethod
    def _shown(rows, fields):
        if not fields or fields == ["*"]:
            return rows
        return [{name: row.get(name) for name in fields} for row in rows]

    def _tables(self, asked, _):
        return [{"table_name": table, "description": table.upper()} for table in TABLES]

    def _table(self, asked, _, table):
        rows = self._table_rows(table)
        return {"table_name": table, "description": table.upper(), "row_count": len(rows),
                "fields": [{"name": name, "type": "string", "description": name} for name in FIELDS.get(table, [])]}

    def _rows(self, asked, _, table, fields, query):
        rows = self._table_rows(table)
        for term in query.split("&"):
            name, equals, value = term.partition("=")
            if not equals:
                raise bad("field=value")
            rows = [row for row in rows if str(row.get(name, "")) == value]
        return self._page(asked, self._shown(rows, fields.split(",")))

    COMPARE = {"eq": lambda a, b: a == str(b), "ne": lambda a, b: a != str(b), "gt": lambda a, b: a > str(b),
               "gte": lambda a, b: a >= str(b), "lt": lambda a, b: a < str(b), "lte": lambda a, b: a <= str(b),
               "like": lambda a, b: re.fullmatch(re.escape(str(b)).replace("%", ".*"), a, re.IGNORECASE) is not None,
               "in": lambda a, b: a in [str(item) for item in b], "notin": lambda a, b: a not in [str(item) for item in b],
               "isnull": lambda a, b: a == "", "isnotnull": lambda a, b: a != ""}

    def _query(self, asked, octets):
        try:
            body = json.loads(octets)
            rows = self._table_rows(body["table"])
            for term in body["filters"]:
                compare = self.COMPARE[term["operator"]]
                rows = [row for row in rows if compare(str(row.get(term["field"]) or ""), term.get("value"))]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise bad(f"the query is not as it should be: {error}") from error
        join = body.get("join")
        if join:
            rows = self._joined(rows, join)
        return self._page(body, self._shown(rows, body.get("fields")) if not join else rows)

    def _joined(self, rows, join):
        others, out = self._table_rows(join["table"]), []
        for row in rows:
            matches = [other for other in others
                       if all(row.get(on["left_field"]) == other.get(on["right_field"]) for on in join["on"])]
            out += [{**row, **{name: other.get(name) for name in join.get("fields", other)}} for other in matches]
            if not matches and join.get("join_type") == "left":
                out.append(row)
        return out

    def _tandem(self, asked, _):
        rows = [{**row, "tandem": "NYCMNYTDM", "ocn_name": f"CARRIER {row['ocn']}"} for row in self.blocks]
        if "npa" in asked or "nxx" in asked:
            if not (re.fullmatch(r"\d{3}", asked.get("npa", "")) and re.fullmatch(r"\d{3}", asked.get("nxx", ""))):
                raise bad("npa and nxx go together")
            rows = [row for row in rows if (row["npa"], row["nxx"]) == (asked["npa"], asked["nxx"])]
        for name in ("switch", "tandem"):
            if name in asked:
                rows = [row for row in rows if row[name] == asked[name]]
        if "name" in asked:
            pattern = re.escape(asked["name"]).replace("%", ".*")
            rows = [row for row in rows if re.fullmatch(pattern, row["ocn_name"], re.IGNORECASE)]
        return self._page(asked, rows)

    # -- toll-free -----------------------------------------------------------------------------------------------

    def _toll_free(self, crn):
        self._number(crn)
        if crn[:3] not in TOLL_FREE:
            raise missing("not a toll-free number")
        return crn

    def _ror(self, asked, _, crn):
        return {"crn": self._toll_free(crn), "ror": self.organisations.get(crn, "ATX01")}

    def _cic(self, asked, _, kind, crn, ani, lata):
        self._number(ani)
        if not re.fullmatch(r"\d{3}", lata):
            raise bad("lata has three digits")
        answer = {"crn": self._toll_free(crn), "cic": self.carriers.get(crn, "0288")}
        return {**answer, "ror": self.organisations.get(crn, "ATX01")} if kind == "cicror" else answer

    def _of_ror(self, asked, _, ror, kind):
        if not re.fullmatch(r"[A-Za-z0-9]{1,5}", ror) or kind not in ("tfns", "cprs"):
            raise bad("ror has one to five characters, and tfns or cprs")
        return self._page(asked, [{"crn": crn, "ror": name} for crn, name in sorted(self.organisations.items()) if name == ror])

    def _cpr(self, asked, _, crn):
        if not re.fullmatch(r"\d{1,10}", crn):
            raise bad("crn has one to ten digits")
        crn = crn.zfill(10)
        if crn[:3] not in TOLL_FREE:
            raise missing("no such record")
        return {"crn": crn, "ror": self.organisations.get(crn, "ATX01"), "sha1": "0" * 40,
                "cpr": {"type": "LATA", "branches": [{"values": ["132"], "cic": "0288"}, {"values": ["*"], "cic": "0333"}]}}

    # -- GraphQL: what a client needs to see that it speaks to the right place ----------------------------------

    @staticmethod
    def _document(octets):
        try:
            body = json.loads(octets)
            return body["query"], body.get("variables") or {}
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise bad("query is needed") from error

    def _lsms_gql(self, asked, octets):
        query, variables = self._document(octets)
        if "lsmsStats" in query:
            return {"data": {"lsmsStats": {"activeSubscriptionVersions": len(self.ported), "activeNumberBlocks": 0,
                                           "totalServiceProviders": len({row["spid"] for row in self.ported.values()}),
                                           "totalLocationRoutingNumbers": len({row["lrn"] for row in self.ported.values()}),
                                           "activeNpanxx": len(self.blocks)}}}
        named = re.search(r'subscriptionVersion\s*\(\s*phoneNumber\s*:\s*(?:"(\d+)"|\$(\w+))', query)
        if not named:
            return {"data": None, "errors": [{"message": "unknown query"}]}
        number = named.group(1) or str(variables.get(named.group(2), ""))
        found = self.ported.get(number)
        return {"data": {"subscriptionVersion": found and {"phoneNumber": number, "lrn": found["lrn"], "spid": found["spid"],
                                                           "lnpType": "lspp"}}}

    def _lerg_gql(self, asked, octets):
        query, _ = self._document(octets)
        if not re.search(r"\blerg6\b", query):
            return {"data": None, "errors": [{"message": "unknown query"}]}
        wanted = dict(re.findall(r'field\s*:\s*"(\w+)"\s*,\s*op\s*:\s*EQ\s*,\s*value\s*:\s*"([^"]*)"', query))
        rows = [row for row in self.blocks if all(str(row.get(name)) == value for name, value in wanted.items())]
        return {"data": {"lerg6": [{"npa": row["npa"], "nxx": row["nxx"], "blockId": row["block_id"], "lata": row["lata"],
                                    "ocn": row["ocn"]} for row in rows[:1000]]}}

    def _playground(self, asked, _):
        return "<!doctype html><title>GraphQL</title>"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8910)
    parser.add_argument("--token", default="tlq_stand_in")
    arguments = parser.parse_args()
    stand_in = StandIn(arguments.port, arguments.token)
    print(f"Telique stands in at {stand_in.url}", flush=True)
    run(stand_in)


if __name__ == "__main__":
    main()

"""The stand-in of the telecom-data API answers each of its 15 operations as the service does, and fails as it can."""

import http.client
import json
import pathlib
import sys
import urllib.parse

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from telique_stand_in import PREFIX, TABLES, StandIn  # noqa: E402

TOKEN = "tlq_stand_in"


@pytest.fixture
def service():
    made = StandIn(token=TOKEN)
    made.port_number("2125550100", "7165550000")
    made.dno["2125550199"] = "FTC"
    made.names["2125550100"] = "ALICE"
    made.organisations["8005550100"] = "ATX01"
    yield made
    made.stop()


def ask(service, method, path, body=None, token=TOKEN):
    """(status, headers, JSON or text)"""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=5)
    headers = {"x-api-token": token} if token else {}
    connection.request(method, PREFIX + path, json.dumps(body) if body is not None else None, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    try:
        return response.status, response.headers, json.loads(text)
    except json.JSONDecodeError:
        return response.status, response.headers, text


def rows_of(service, query, fields="*", more=""):
    return ask(service, "GET", f"/lerg/lerg_6/{fields}/{urllib.parse.quote(query, safe='=')}{more}")[2]


# operation, method, path, body, what its answer must have
OPERATIONS = [
    (1, "GET", "/lrn/2125550100?format=json", None, lambda a: a["lrn"] == "7165550000" and a["metadata"]["spid"] == "7421"),
    (2, "GET", "/lsms/list/phone_number?lrn=7165550000", None, lambda a: a["phone_numbers"] == ["2125550100"] and a["count"] == 1),
    (3, "GET", "/dno/2125550199?format=json", None, lambda a: a["is_dno"] is True and a["source"] == "FTC"),
    (4, "GET", "/cnam/2125550100", None, lambda a: a["calling_name"] == "ALICE" and a["presentation_indicator"] == "allowed"),
    (5, "GET", "/lerg/tables", None, lambda a: len(a) == 27 and [row["table_name"] for row in a] == TABLES),
    (6, "GET", "/lerg/tables/lerg_6", None, lambda a: a["row_count"] == 6 and {"npa", "nxx"} <= {f["name"] for f in a["fields"]}),
    (7, "GET", "/lerg/lerg_6/npa,nxx,block_id/npa=212%26nxx=555?limit=1", None,
     lambda a: a["count"] == 2 and a["data"] == [{"npa": "212", "nxx": "555", "block_id": "A"}]),
    (8, "POST", "/lerg/query", {"table": "lerg_6", "filters": [{"field": "npa", "operator": "eq", "value": 212}],
                                "join": {"table": "lerg_1", "on": [{"left_field": "ocn", "right_field": "ocn_num"}],
                                         "fields": ["ocn_name"]}},
     lambda a: [row["ocn_name"] for row in a["data"]] == ["CARRIER 9102", "CARRIER 6529"]),
    (9, "GET", "/lerg/tandem?npa=716&nxx=555", None, lambda a: a["data"][0]["tandem"] and a["count"] == 1),
    (10, "GET", "/ror/8005550100?format=json", None, lambda a: a == {"crn": "8005550100", "ror": "ATX01"}),
    (11, "GET", "/cic/8005550100/2125550100/132?format=json", None, lambda a: a == {"crn": "8005550100", "cic": "0288"}),
    (11, "GET", "/cicror/8005550100/2125550100/132?format=json", None, lambda a: a["ror"] == "ATX01"),
    (12, "GET", "/ror/ATX01/tfns?format=json", None, lambda a: a["count"] == 1 and a["data"][0]["crn"] == "8005550100"),
    (13, "GET", "/cpr/8005550100?format=json", None, lambda a: a["cpr"]["branches"][0]["cic"] == "0288"),
    (14, "POST", "/lsms/gql", {"query": "query($n: String!) { subscriptionVersion(phoneNumber: $n) { lrn spid } }",
                               "variables": {"n": "2125550100"}},
     lambda a: a["data"]["subscriptionVersion"]["lrn"] == "7165550000"),
    (15, "POST", "/lerg/gql", {"query": '{ lerg6(filters: [{field: "npa", op: EQ, value: "716"}]) { npa nxx lata } }'},
     lambda a: [row["lata"] for row in a["data"]["lerg6"]] == ["140"]),
]


def test_every_operation_is_replayed():
    assert {operation for operation, *_ in OPERATIONS} == set(range(1, 16))


@pytest.mark.parametrize("operation,method,path,body,holds", OPERATIONS)
def test_operation(service, operation, method, path, body, holds):
    status, _, answer = ask(service, method, path, body)
    assert status == 200, answer
    assert holds(answer), answer


@pytest.mark.parametrize("path,text", [("/lrn/2125550100", "7165550000;7421"), ("/dno/2125550199", "true"),
                                       ("/dno/2125550100", "false")])
def test_without_a_format_answers_are_text(service, path, text):
    assert ask(service, "GET", path)[2] == text or json.dumps(ask(service, "GET", path)[2]) == text


@pytest.mark.parametrize("method,path,token,status", [
    ("GET", "/lrn/212555010", TOKEN, 400), ("GET", "/lrn/+12125550100", TOKEN, 400),
    ("GET", "/lsms/list/lrn?spid=7421&lrn=7165550000", TOKEN, 400), ("GET", "/cic/8005550100/2125550100/13", TOKEN, 400),
    ("GET", "/lerg/lerg_6/npa/npa=212?limit=10001", TOKEN, 400), ("GET", "/lrn/2125550100", "nothing", 401),
    ("GET", "/lrn/2125550100", "tlq_another", 403), ("GET", "/lrn/2125550177", TOKEN, 404),
    ("GET", "/lerg/tables/lerg_99", TOKEN, 404), ("GET", "/routelink/2125550100", TOKEN, 404),
    ("POST", "/lrn/lookup", TOKEN, 405), ("DELETE", "/lerg/query", TOKEN, 405)])
def test_refusals(service, method, path, token, status):
    got, _, answer = ask(service, method, path, token=token)
    assert got == status
    assert answer["error"]["message"]


def test_ten_requests_a_minute_without_a_token(service):
    said = [ask(service, "GET", "/cnam/2125550100", token=None)[0] for _ in range(12)]
    assert said == [200] * 10 + [429] * 2
    assert ask(service, "GET", "/cnam/2125550100")[0] == 200


def test_a_limit_says_when_to_come_again(service):
    service.limit(1, retry_after=2)
    status, headers, _ = ask(service, "GET", "/cnam/2125550100")
    assert (status, headers["Retry-After"]) == (429, "2")
    assert ask(service, "GET", "/cnam/2125550100")[0] == 200


@pytest.mark.parametrize("mode", [400, 401, 403, 404, 405, 429, 502, 503])
def test_statuses_on_demand(service, mode):
    service.behave(str(mode))
    assert ask(service, "GET", "/lrn/2125550100?format=json")[0] == mode


def test_bad_days(service):
    service.behave("broken")
    assert ask(service, "GET", "/lrn/2125550100?format=json")[2] == '{"lrn": '
    service.behave("types")
    assert ask(service, "GET", "/lrn/2125550100?format=json")[2]["lrn"] == 7
    service.behave("flat")
    assert ask(service, "GET", "/lrn/2125550100?format=json")[2]["spid"] == "7421"
    for mode in ("half", "drop"):
        service.behave(mode)
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            ask(service, "GET", "/lrn/2125550100?format=json")


def test_pages_meet_without_gap(service):
    service.blocks = [{**service.blocks[0], "nxx": str(200 + place)} for place in range(25)]
    seen = []
    while True:
        page = rows_of(service, "npa=212", "nxx", f"?limit=10&offset={len(seen)}")
        seen += [row["nxx"] for row in page["data"]]
        if len(seen) >= page["count"]:
            break
    assert seen == [str(200 + place) for place in range(25)]

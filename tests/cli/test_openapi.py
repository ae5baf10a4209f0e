"""The lint of the OpenAPI document finds planted faults, and none in the document that the build writes."""

import copy
import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import openapi_lint  # noqa: E402
from warp_cli import build, paths, reference  # noqa: E402

SMALL = {
    "openapi": "3.0.3", "tags": [{"name": "Trunks", "description": "SIP trunks."}],
    "components": {"schemas": {"Trunk": {"type": "object", "required": ["id"], "properties": {
        "id": {"type": "string"}, "calls": {"type": "integer", "nullable": True}}}}},
    "paths": {"/trunks/{trunk_id}": {"get": {
        "operationId": "get_trunks_trunk_id", "summary": "A trunk", "description": "Any valid key.", "tags": ["Trunks"],
        "parameters": [{"name": "trunk_id", "in": "path", "description": "Id of the trunk.", "schema": {"type": "string"}}],
        "responses": {"200": {"description": "Done.", "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/Trunk"}, "example": {"id": "1", "calls": None}}}}}}}},
}


def operation(document):
    return document["paths"]["/trunks/{trunk_id}"]["get"]


def answer(document):
    return operation(document)["responses"]["200"]["content"]["application/json"]


PLANTED = {
    "a reference that leads nowhere": lambda d: answer(d)["schema"].update({"$ref": "#/components/schemas/None"}),
    "an example of another type": lambda d: answer(d)["example"].update(calls="many"),
    "an example with another member": lambda d: answer(d)["example"].update(colour="red"),
    "an example without a needed member": lambda d: answer(d)["example"].pop("id"),
    "a null that may not be": lambda d: answer(d)["example"].update(id=None),
    "a parameter without words": lambda d: operation(d)["parameters"][0].update(description=""),
    "a success without schema": lambda d: operation(d)["responses"]["200"].pop("content"),
    "an operation in another case": lambda d: operation(d).update(operationId="getTrunk"),
    "an unknown tag": lambda d: operation(d).update(tags=["Lorries"]),
    "two of one id": lambda d: d["paths"].update({"/other": d["paths"]["/trunks/{trunk_id}"]}),
}


def test_a_sound_document_has_no_fault():
    assert list(openapi_lint.faults(SMALL)) == []


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault):
    document = copy.deepcopy(SMALL)
    PLANTED[fault](document)
    try:
        assert list(openapi_lint.faults(document))
    except KeyError:
        assert "reference" in fault


def test_the_document_of_the_build_has_no_fault():
    build.build("release", ["openapi_document"])
    document = json.loads((paths.ROOT / "build" / "release" / "openapi.json").read_text())
    assert len(list(openapi_lint.operations(document))) > 300
    assert list(openapi_lint.faults(document)) == []


def test_the_viewer_is_taken_only_when_its_sums_are_right(tmp_path):
    lock = tmp_path / "viewer.json"
    lock.write_text(json.dumps({"package": "rapidoc", "version": "1", "tarball_sha512": "x", "file": "a", "file_sha256": "y"}))
    forged = tmp_path / "forged.tgz"
    forged.write_bytes(b"something else")
    script = tmp_path / "share" / "rapidoc-min.js"
    assert not reference.fetch(lock=lock, script=script, pack=lambda wanted, folder: forged)
    assert not reference.fetch(lock=lock, script=script, pack=lambda wanted, folder: None)
    assert not script.exists()

"""What is wrong with an OpenAPI document of warpd: `faults(document)` gives one line a fault."""

import re

SNAKE = re.compile(r"^[a-z0-9]+(_[a-z0-9]+)*$")
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
BODILESS = {"101", "204", "304"}


def resolved(document, node):
    while isinstance(node, dict) and "$ref" in node:
        found = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def broken_references(document):
    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                try:
                    resolved(document, node)
                except (KeyError, TypeError):
                    yield f"{node['$ref']} leads nowhere"
            for child in node.values():
                yield from walk(child)
        elif isinstance(node, list):
            for child in node:
                yield from walk(child)
    yield from walk(document["paths"])
    yield from walk(document["components"])


def value_faults(document, schema, value, place="", partial=False):
    """`partial`: members that are needed may be absent, as in a change."""
    schema = resolved(document, schema)
    kind = schema.get("type")
    if value is None:
        if kind and not schema.get("nullable"):
            yield f"{place or 'it'} is null"
        return
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind in ("integer", "number"))):
        yield f"{place or 'it'} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is none of {schema['enum']}"
    if kind == "array":
        for item in value:
            yield from value_faults(document, schema["items"], item, f"{place}[]", partial)
    if kind == "object":
        known = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value and not partial:
                yield f"{place}.{name} is missing"
        for name, member in value.items():
            if name in known:
                yield from value_faults(document, known[name], member, f"{place}.{name}", partial)
            elif known and not schema.get("additionalProperties"):
                yield f"{place}.{name} is not in the schema"


def content_faults(document, content, wanted):
    for kind, media in content.items():
        if "schema" not in media:
            yield f"{wanted} {kind} has no schema"
            continue
        examples = [media["example"]] if "example" in media else []
        examples += [resolved(document, one)["value"] for one in media.get("examples", {}).values()]
        for example in examples:
            for fault in value_faults(document, media["schema"], example):
                yield f"{wanted}: its example: {fault}"


def operation_faults(document, name, operation):
    if not SNAKE.match(operation.get("operationId", "")):
        yield f"{name}: its operationId is no snake_case"
    for key in ("summary", "description"):
        if not operation.get(key):
            yield f"{name} has no {key}"
    for tag in operation["tags"]:
        if tag not in {one["name"] for one in document["tags"]}:
            yield f"{name}: the tag {tag} is not described"
    for parameter in operation.get("parameters", []):
        parameter = resolved(document, parameter)
        if not parameter.get("description"):
            yield f"{name}: the parameter {parameter['name']} is not described"
        if parameter["in"] != "header" and not SNAKE.match(parameter["name"]):
            yield f"{name}: the parameter {parameter['name']} is no snake_case"
    if "requestBody" in operation:
        yield from content_faults(document, operation["requestBody"]["content"], f"{name}: its body")
    good = [status for status in operation["responses"] if status < "4"]
    if not good:
        yield f"{name} has no success"
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if status < "3" and status not in BODILESS and not content and "no body" not in response["description"]:
            yield f"{name}: {status} has no schema"
        yield from content_faults(document, content, f"{name}: {status}")


def faults(document):
    yield from broken_references(document)
    if not document["openapi"].startswith("3.0"):
        yield f"version {document['openapi']}"
    for tag in document["tags"]:
        if not tag.get("description"):
            yield f"the tag {tag['name']} is not described"
    seen = {}
    for name, operation in operations(document):
        identity = operation.get("operationId")
        if identity in seen:
            yield f"{name} and {seen[identity]} share the operationId {identity}"
        seen[identity] = name
        yield from operation_faults(document, name, operation)

#!/usr/bin/env python3
"""Holds the payloads of the conformance tests against OCF's published models, where they are at hand: the directory that
OCF_MODELS names, with files such as oic.sec.doxm.swagger.json. Runs the program given and judges what it recorded."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SKIPPED = 77  # what the build system takes for "skipped"

# Where the models differ from what the facts say. The facts decide. Form: resource, place, what the model says of it, why.
KNOWN = [
    ("cred", r"creds\[\]\.tag", "unknown", "facts 2.4: a vendor's extension"),
    ("acl2", r"aclist2", "no array", "facts 2.5: null is taken for none"),
    ("ael", r"", "misses categoryfilter", "facts 8.1: an update may carry one filter alone"),
    ("ael", r"", "misses priorityfilter", "facts 8.1: an update may carry one filter alone"),
    ("sdi", r"", "misses name", "facts 2.9: any subset may be updated"),
    ("sdi", r"", "misses priv", "facts 2.9: any subset may be updated"),
]
RESOURCES = ["acl2", "ael", "cred", "crl", "csr", "doxm", "pstat", "roles", "sdi", "sp"]
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


def check(schema, value, place, definitions):
    """What does not fit: (place, what). The few words of JSON schema that the models use."""
    if "$ref" in schema:
        name = re.fullmatch(r"#/definitions/([\w-]+)", schema["$ref"])
        # Other files' definitions are not at hand: a common property or a UUID, which the tests' own table checks.
        return check(definitions[name[1]], value, place, definitions) if name else []
    if "anyOf" in schema:
        tries = [check(one, value, place, definitions) for one in schema["anyOf"]]
        return [] if [] in tries else min(tries, key=len)
    kind = TYPES.get(schema.get("type"), object)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind in (int, (int, float))):
        return [(place, f"no {schema['type']}")]
    wrong = []
    if "enum" in schema and value not in schema["enum"]:
        wrong.append((place, f"none of {schema['enum']}"))
    if "pattern" in schema and not re.search(schema["pattern"], value):
        wrong.append((place, f"not of the form {schema['pattern']}"))
    if len(value) > schema["maxLength"] if "maxLength" in schema else False:
        wrong.append((place, f"longer than {schema['maxLength']}"))
    if "minimum" in schema and value < schema["minimum"]:
        wrong.append((place, f"below {schema['minimum']}"))
    if "maximum" in schema and value > schema["maximum"]:
        wrong.append((place, f"above {schema['maximum']}"))
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            wrong.append((place, f"fewer than {schema['minItems']}"))
        if len(value) > schema.get("maxItems", len(value)):
            wrong.append((place, f"more than {schema['maxItems']}"))
        if schema.get("uniqueItems") and any(value.count(item) > 1 for item in value):
            wrong.append((place, "not unique"))
        for item in value:
            wrong += check(schema.get("items", {}), item, place + "[]", definitions)
    if isinstance(value, dict):
        wrong += [(place, f"misses {name}") for name in schema.get("required", []) if name not in value]
        for name, member in value.items():
            if name in schema.get("properties", {}):
                wrong += check(schema["properties"][name], member, f"{place}.{name}".lstrip("."), definitions)
            elif "properties" in schema:
                wrong.append((f"{place}.{name}".lstrip("."), "unknown"))
    return wrong


def schemas(models, resource):
    """Of answers and of updates."""
    file = models / f"oic.sec.{resource}.swagger.json"
    model = json.loads(file.read_text())
    path = next(iter(model["paths"].values()))
    answer = path["get"]["responses"]["200"]["schema"]
    bodies = [part["schema"] for part in path.get("post", {}).get("parameters", []) if part.get("in") == "body"]
    return model["definitions"], {"answer": answer, "request": bodies[0] if bodies else None}


def main(program):
    where = os.environ.get("OCF_MODELS")
    if not where:
        print("OCF_MODELS names no directory with OCF's models")
        return SKIPPED
    models = pathlib.Path(where)
    with tempfile.TemporaryDirectory(prefix="ocfsecd-models-") as directory:
        recorded = pathlib.Path(directory) / "payloads"
        done = subprocess.run(program, env={**os.environ, "OCFSECD_PAYLOADS": str(recorded)}, check=False,
                              stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            print(f"the tests themselves ended with {done.returncode}")
            return 1
        lines = sorted(set(recorded.read_text().splitlines()))
    judged, met, failed = dict.fromkeys(RESOURCES, 0), set(), {}
    of = {resource: schemas(models, resource) for resource in RESOURCES}
    for line in lines:
        payload = json.loads(line)
        resource = payload["href"].rsplit("/", 1)[-1]
        if payload["href"] != f"/oic/sec/{resource}" or resource not in of:
            continue
        definitions, schema = of[resource]
        if schema[payload["direction"]] is None:
            continue
        judged[resource] += 1
        for place, what in check(schema[payload["direction"]], payload["body"], "", definitions):
            known = [row for row in KNOWN if row[0] == resource and re.fullmatch(row[1], place) and row[2] == what]
            if known:
                met.add(known[0])
            else:
                failed.setdefault((resource, payload["direction"], place, what), payload["body"])
    for resource, number in judged.items():
        print(f"{resource:6} {number} different payloads")
    for row in KNOWN:
        print(f"known difference{'' if row in met else ' that was not met'}: {row[0]} {row[1]}: {row[2]}; {row[3]}")
    for (resource, direction, place, what), body in failed.items():
        print(f"FAILED {resource} {direction}: {place or 'the body'}: {what}: {json.dumps(body)[:300]}")
    if not any(judged.values()):
        print("no payload was recorded")
        return 1
    return 1 if failed or met != set(KNOWN) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

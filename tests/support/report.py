#!/usr/bin/env python3
"""Adds up JUnit files: names the failures, counts the conformance items, ends with the line runners end with."""
import re
import sys
import xml.etree.ElementTree as ET

ITEM = re.compile(r"\b((?:SM|DX|PS|CR|OC|AC|AX|OT|CE|SP|SD|DT|DI|CO|AE)_\d\d)_\w+")


def main(files):
    passed, failed, skipped, items, broken_items = 0, 0, 0, set(), set()
    for file in files:
        for case in ET.parse(file).iter("testcase"):
            name = f"{case.get('classname', '')}.{case.get('name', '')}"
            bad = case.find("failure") is not None or case.find("error") is not None
            missed = case.find("skipped") is not None or case.get("status") == "notrun"
            for found in ITEM.finditer(name):
                (broken_items if bad else items if not missed else set()).add(found.group(1))
            if bad:
                failed += 1
                print(f"FAILED {name}")
            elif missed:
                skipped += 1
                print(f"skipped {name}")
            else:
                passed += 1
    good = items - broken_items
    groups = {}
    for item in sorted(good):
        groups.setdefault(item[:2], []).append(item[3:])
    print(f"conformance checklist items that pass: {len(good)}")
    for group, numbers in groups.items():
        print(f"  {group}: {' '.join(numbers)}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

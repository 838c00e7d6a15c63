#!/usr/bin/env python3
"""Adds up JUnit files: names the failures, counts the conformance items, ends with the line runners end with."""
import re
import sys
import xml.etree.ElementTree as ET

ITEM = re.compile(r"\b((?:SM|DX|PS|CR|OC|AC|AX|OT|CE|SP|SD|DT|DI|CO|AE)_\d\d)_(\w+)")
OUTSIDE = "conformance-daemon"  # the tests of the build system that run on the real daemon


class Item:
    """One item of the checklist: what became of its tests in this process and on the real daemon."""

    def __init__(self):
        self.title = ""
        self.places = {True: [], False: []}  # from outside or not: ("ok" | "FAILED" | "skipped", why)

    def ended(self, outside):
        """One word, or two, about all its tests in one place."""
        outcomes = dict(reversed(self.places[outside]))
        if "FAILED" in outcomes:
            return "FAILED"
        if "skipped" in outcomes:
            return f"skipped: {outcomes['skipped']}"
        return "ok" if outcomes else "-"

    def passes(self):
        ends = [self.ended(True), self.ended(False)]
        return "ok" in ends and "FAILED" not in ends


def outcome_of(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "FAILED", ""
    skipped = case.find("skipped")
    if skipped is not None or case.get("status") == "notrun":
        said = "" if skipped is None else skipped.get("message") or ""
        return "skipped", said.strip().splitlines()[-1].strip() if said.strip() else "not run"
    return "ok", ""


def table(items):
    """ID, title, in this process, from outside."""
    width = max(len(item.title) for item in items.values())
    print(f"{'ID':5}  {'title':{width}}  {'in-process':10}  from outside")
    for number, item in sorted(items.items()):
        inside = item.ended(False)
        print(f"{number.replace('_', '-')}  {item.title:{width}}  {inside:10}  {item.ended(True)}")


def main(files):
    passed, failed, skipped, items = 0, 0, 0, {}
    for file in files:
        for suite in ET.parse(file).iter("testsuite"):
            outside = OUTSIDE in suite.get("name", "")
            for case in suite.iter("testcase"):
                name = f"{case.get('classname', '')}.{case.get('name', '')}"
                outcome, why = outcome_of(case)
                for number, title in ITEM.findall(name):
                    item = items.setdefault(number, Item())
                    item.title = item.title or title.replace("_", " ")
                    item.places[outside].append((outcome, why))
                if outcome == "FAILED":
                    failed += 1
                    print(f"FAILED {name}")
                elif outcome == "skipped":
                    skipped += 1
                    print(f"skipped {name}" + (f": {why}" if why else ""))
                else:
                    passed += 1
    if items:
        table(items)
    good = {number for number, item in items.items() if item.passes()}
    groups = {}
    for number in sorted(good):
        groups.setdefault(number[:2], []).append(number[3:])
    print(f"conformance checklist items that pass: {len(good)}")
    outside = sorted(number for number in good if items[number].ended(True) == "ok")
    print(f"of these also from outside, on the real daemon: {len(outside)}")
    for group, numbers in groups.items():
        print(f"  {group}: {' '.join(numbers)}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

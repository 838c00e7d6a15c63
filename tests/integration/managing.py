#!/usr/bin/env python3
"""What a manager does with a device after onboarding: security domain and auditable events, by the onboarding tool and a real
daemon."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from stage import Stage, expect, main, uuid_in  # noqa: E402

SVR = "/oic/sec/"


def security_domain_set_by_the_tool(build):
    with Stage(build) as stage:
        obt, device = stage.owned()
        refused = obt("security-domain", "set", device, "--name", "Garden", expect=5)
        expect("provision ace" in refused.stderr, f"what to do next: {refused.stderr}")
        obt("provision", "ace", device, "--subject", uuid_in(obt("whoami").stdout), "--href", SVR + "sdi", "--permission", "RU")
        obt("security-domain", "set", device, "--name", "Garden", "--public")
        shown = obt.json("security-domain", "show", device)
        expect(shown["name"] == "Garden" and not shown["private"], f"as set: {shown}")
        found = obt("get", "--clear", device, "/oic/res", "--query", "if=oic.if.baseline").stdout
        expect("Garden" in found and shown["uuid"] in found, f"in /oic/res: {found}")
        obt("security-domain", "set", device, "--private")
        expect("Garden" not in obt("get", "--clear", device, "/oic/res", "--query", "if=oic.if.baseline").stdout, "hidden")
        stage.until("OnboardingState", "rfnop")


def events_listed_by_the_tool(build):
    with Stage(build) as stage:
        obt, device = stage.owned()
        refused = obt("events", device, expect=5)
        expect("provision ace" in refused.stderr, f"what to do next: {refused.stderr}")
        obt("provision", "ace", device, "--subject", uuid_in(obt("whoami").stdout), "--href", SVR + "ael", "--permission", "RU")
        listed = obt.json("events", device, "--category", "access-control")["events"]
        expect(listed and all(event["category"] == "access-control" for event in listed), f"refusals: {listed}")
        denied = next(event for event in listed if event["id"] == "AC-1")
        expect(denied["priority"] == "warning" and SVR + "ael" in denied["details"], f"in words: {denied}")

        def refusals():
            obt("get", device, SVR + "crl", expect=5)
            return len(obt.json("events", device, "--category", "access-control")["events"])

        before = refusals()
        expect(before > len(listed), "one more is written down")
        after = obt.json("events", device, "--log-category", "authentication", "--log-priority", "error")
        expect(after["categoryfilter"] == "authentication" and after["priorityfilter"] == "error", f"filters: {after}")
        expect(refusals() == before, "no more are written down")
        expect(stage.is_("OnboardingState", "rfnop"), "back in operation")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], [security_domain_set_by_the_tool, events_listed_by_the_tool]))

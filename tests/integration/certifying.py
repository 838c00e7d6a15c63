#!/usr/bin/env python3
"""A security domain with certificates: the onboarding tool is its authority, a real daemon its device."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from stage import Stage, expect, main, uuid_in  # noqa: E402

CRED = "/oic/sec/cred"
PAST = "2020-01-01T00:00:00Z/2020-01-02T00:00:00Z"


def certified(stage):
    obt, device = stage.owned()
    obt("ca", "create")
    obt("certify", device)
    return obt, device


def of_usage(obt, device, usage):
    creds = obt.json("get", device, CRED)["payload"]["creds"]
    return [entry for entry in creds if entry.get("credusage") == f"oic.sec.cred.{usage}"]


def files_under(home):
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def one_authority_per_home(build):
    with Stage(build, bus=False) as stage:
        obt = stage.obt()
        expect("ocf-obt" in obt("ca", "show", expect=8).stderr, "how to make one")
        made = obt.json("ca", "create", "--name", "Garden CA")
        expect((obt.home / "ca.pem").stat().st_mode & 0o777 == 0o600, "only its owner reads it")
        again = obt("ca", "create", expect=8)
        expect("already" in again.stderr, f"never replaced: {again.stderr}")
        expect(obt.json("ca", "show") == made and "Garden CA" in made["name"], f"the same: {made}")
        shown = obt("ca", "show")
        expect("PRIVATE" not in shown.stdout + shown.stderr and "BEGIN CERTIFICATE" in shown.stdout, shown.stdout)


def device_certified_and_both_sides_show_it(build):
    with Stage(build) as stage:
        obt, device = stage.owned()
        without = obt("certify", device, expect=8)
        expect("ca create" in without.stderr, f"what is missing: {without.stderr}")
        obt("ca", "create")
        expect(obt("status", "--certificate", device, expect=None).returncode == 6, "no certificates there yet")
        done = obt.json("certify", device)
        expect(done["proven"] and done["replaced"] == 0 and not done["leftover"], f"{done}")
        stage.until("OnboardingState", "rfnop")
        expect(len(of_usage(obt, device, "trustca")) == 1, "the root, once")
        status = obt.json("status", "--certificate", device)
        expect("identity certificates" in status["authenticated"]["text"] and status["owned"]["yes"], f"{status}")
        obt("verify", "--certificate", device)
        obt("provision", "ace", "--certificate", device, "--subject", "auth-crypt", "--href", "/oic/sec/sdi",
            "--permission", "R")
        obt("provision", "rotate", "--certificate", device)
        obt("verify", device)
        secrets = [(obt.home / name).read_text().split("-----BEGIN CERTIFICATE")[0] for name in ("ca.pem", "certificate.pem")]
        expect(not any(secret.splitlines()[1] in stage.daemon.said() for secret in secrets), "keys stay at home")


def renewal_leaves_one_certificate_that_outlives_a_restart(build):
    with Stage(build) as stage:
        obt, device = certified(stage)
        first = of_usage(obt, device, "cert")
        done = obt.json("certify", "--days", "30", "--certificate", device)
        expect(done["proven"] and done["replaced"] == 1, f"{done}")
        second = of_usage(obt, device, "cert")
        expect(len(first) == len(second) == 1 and first != second, f"{second}")
        expect(len(of_usage(obt, device, "trustca")) == 1, "no second root")
        stage.daemon.restart()
        stage.until("OnboardingState", "rfnop")
        obt("verify", "--certificate", device)
        obt("reset", "--certificate", device)
        stage.until("OnboardingState", "rfotm")
        expect(not obt.owned(), "nothing is kept of it")


def what_was_issued_is_shown_and_compared(build):
    with Stage(build) as stage:
        obt, device = stage.owned()
        expect(obt.json("list")["subjects"][0]["certificate"] is None, "none yet")
        expect(obt.json("verify", device)["certificate"] is None, "none yet")
        obt("ca", "create", "--name", "Garden CA")
        serial = obt.json("certify", device)["serial"]
        shown = [obt.json("list")["subjects"][0]["certificate"], obt.json("status", device)["certificate"],
                 obt.json("verify", device)["certificate"]]
        expect(shown[0]["serial"] == serial and "Garden CA" in shown[0]["issuer"] and shown[0]["standing"] == "valid"
               and shown.count(shown[0]) == 3, f"{shown}")
        for command in (["list"], ["status", device], ["verify", device]):
            said = obt(*command)
            expect(serial in said.stdout and "PRIVATE" not in said.stdout + said.stderr, said.stdout)
        kept = obt.home / "subjects" / device / "certificate.pem"
        former = kept.read_bytes()
        obt("certify", device)
        expect("NOT" not in obt("verify", device).stdout, "renewed on both sides")
        kept.write_bytes(former)
        differs = obt("verify", device, expect=9).stdout
        expect("NOT as saved" in differs and "certify" in differs.splitlines()[-1], differs)
        obt("certify", device)
        credid = of_usage(obt, device, "cert")[0]["credid"]
        obt("state", device, "rfpro")
        obt("delete", device, CRED, "--query", f"credid={credid}")
        obt("state", device, "rfnop")
        expect("certify" in obt.json("verify", device, expect=9)["next"], "the device lost it")
        obt("certify", device)
        obt("verify", device)
        kept.write_bytes(former[:100])
        for command in (["list"], ["status", device], ["verify", device]):
            damaged = obt(*command, expect=8)
            expect("damaged" in damaged.stderr and "certify" in damaged.stderr, damaged.stderr)


def bad_authorities_change_nothing(build):
    with Stage(build) as stage:
        obt, device = stage.owned()
        obt("ca", "create")
        before, creds = files_under(obt.home), obt.json("get", device, CRED)
        whole = (obt.home / "ca.pem").read_bytes()
        for damage in (whole[: len(whole) // 2], b"", whole.replace(b"BEGIN PRIVATE", b"BEGIN PUBLIC")):
            (obt.home / "ca.pem").write_bytes(damage)
            refused = obt("certify", device, expect=8)
            expect("damaged" in refused.stderr and "next:" in refused.stderr, refused.stderr)
            expect((obt.home / "ca.pem").read_bytes() == damage, "left as it is")
        (obt.home / "ca.pem").write_bytes(whole)
        (obt.home / "ca.pem").chmod(0o644)
        expect("open to others" in obt("certify", device, expect=8).stderr, "a key others may have read")
        expect(files_under(obt.home) == before and obt.json("get", device, CRED) == creds, "nothing is left of it")
        stage.until("OnboardingState", "rfnop")


def roles_open_what_rules_say(build):
    with Stage(build) as stage:
        obt, device = certified(stage)
        crl = "/oic/sec/crl"
        obt("get", "--certificate", device, crl, expect=5)
        expect("role self" in obt("get", "--as-role", "auditor", device, crl, expect=3).stderr, "how to get one")
        obt("provision", "ace", device, "--role", "auditor", "--authority", "Garden", "--href", crl, "--permission", "R")
        obt("role", "self", "--role", "auditor")
        obt("get", "--as-role", "auditor", device, crl, expect=5)  # of the CA, not of that authority
        obt("role", "self", "--role", "keeper", "--authority", "Garden")
        obt("role", "self", "--role", "auditor", "--authority", "Garden", "--days", "800")
        obt("get", "--as-role", "keeper", device, crl, expect=5)
        obt("get", "--as-role", "keeper", "--as-role", "auditor", device, crl)
        obt("get", "--certificate", device, crl, expect=5)  # a role ends with its session
        expect("reserved" in obt("role", "self", "--role", "oic.role.admin", expect=2).stderr, "a role of OCF's")
        given = obt.json("role", "issue", device, "--role", "lighting")
        expect(given["holder"] == device, f"{given}")
        obt("role", "issue", device, "--role", "lighting", "--days", "10")
        expect(len(of_usage(obt, device, "rolecert")) == 1, "the newer one took its place")
        stage.until("OnboardingState", "rfnop")


def keys_carry_roles(build):
    with Stage(build) as stage:
        obt, device = stage.owned()
        other = stage.obt("other")
        crl, file = "/oic/sec/crl", stage.directory / "other.key"
        obt("provision", "handover", device, "--for", uuid_in(other("whoami").stdout), "--file", file, "--role", "auditor")
        other("accept", file)
        other("get", device, crl, expect=5)
        obt("provision", "ace", device, "--role", "auditor", "--href", crl, "--permission", "R")
        other("get", device, crl)
        obt("get", device, crl, expect=5)


def rules_hold_in_their_time(build):
    with Stage(build) as stage:
        obt, device = stage.owned()
        crl = "/oic/sec/crl"
        me = uuid_in(obt("whoami").stdout)
        rule = ["provision", "ace", device, "--subject", me, "--href", crl, "--permission", "R"]
        acl = obt.json("get", device, "/oic/sec/acl2")
        for wrong in (["--valid", "yesterday"], ["--valid", ""], ["--recurrence", "FREQ=DAILY"],
                      ["--valid", PAST, "--recurrence", "FREQ=SECONDLY"]):
            refused = obt(*rule, *wrong, expect=2)
            expect(wrong[-2] in refused.stderr or "--valid" in refused.stderr, f"by its option: {refused.stderr}")
        expect(obt.json("get", device, "/oic/sec/acl2") == acl, "nothing was sent")
        obt(*rule, "--valid", PAST)
        obt("get", device, crl, expect=5)
        obt(*rule, "--valid", "2020-01-01T00:00:00Z/P1D", "--recurrence", "FREQ=DAILY")
        obt("get", device, crl)


TESTS = [one_authority_per_home, what_was_issued_is_shown_and_compared, bad_authorities_change_nothing,
         device_certified_and_both_sides_show_it, renewal_leaves_one_certificate_that_outlives_a_restart,
         rules_hold_in_their_time, roles_open_what_rules_say, keys_carry_roles]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], TESTS))

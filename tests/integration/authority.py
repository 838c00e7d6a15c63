#!/usr/bin/env python3
"""The certificate authority of ocf-obt over time: revocation, renewal, identities of other homes. OpenSSL is the client."""
import base64
import pathlib
import re
import subprocess
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / part) for part in ("support", "interop")]
from certified import Holder, Session, identity_of  # noqa: E402
from certifying import certified, files_under, of_usage  # noqa: E402
from stage import Stage, expect, main, uuid_in  # noqa: E402


class Domain:
    """Two devices that trust the tool's CA, which OpenSSL plays as well: then the test has its clients' keys."""

    def __init__(self, stage):
        self.stage, self.obt = stage, stage.obt()
        for found in self.obt.json("discover"):
            self.obt("own", "--operational", found["deviceuuid"])
        self.devices = [entry["deviceuuid"] for entry in sorted(self.obt.json("list")["subjects"], key=lambda e: e["name"])]
        self.obt("ca", "create")
        for device in self.devices:
            self.obt("certify", device)
        self.authority = Holder(stage.directory, "authority")
        for file in (self.authority.key, self.authority.certificate):
            file.write_bytes((self.obt.home / "ca.pem").read_bytes())
        self.root = stage.directory / "root.pem"
        self.root.write_text(self.obt.json("ca", "show")["certificate"])

    def client(self, name):
        subject, extensions = identity_of(uuid.uuid4())
        holder = Holder(self.stage.directory, name)
        self.authority.sign(holder.request(subject), holder.certificate, extensions)
        return holder

    def believe(self, holder):
        """Does each device take a session with this certificate, shown alone?"""
        alone = ("-chainCAfile", holder.certificate)  # else OpenSSL adds the root
        out = []
        for n, device in enumerate(self.devices):
            endpoints = next(e for e in self.obt.json("list")["subjects"] if e["deviceuuid"] == device)["endpoints"]
            port = next(m.group(1) for e in endpoints if (m := re.match(r"coaps:.*:(\d+)$", e)))
            with Session(self.stage, holder, self.root, port, f"192.0.2.{11 + n}", alone) as session:
                out.append(session.peer() is not None)
        return out


def serial_of(certificate):
    said = subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", certificate], check=True, capture_output=True,
                          text=True)
    return said.stdout.strip().removeprefix("serial=")


def list_at(domain, device):
    """The number of a device's revocation list, and what OpenSSL and GnuTLS say of it."""
    crl = domain.obt.json("get", device, "/oic/sec/crl")["payload"]
    der, pem = (domain.stage.directory / f"list.{form}" for form in ("der", "pem"))
    der.write_bytes(base64.b64decode(crl["crldata"]))
    shown = subprocess.run(["openssl", "crl", "-inform", "DER", "-in", der, "-CAfile", domain.root, "-text", "-out", pem],
                           check=True, capture_output=True, text=True)
    expect("verify OK" in shown.stderr, f"OpenSSL: {shown.stderr}")
    judged = subprocess.run(["certtool", "--verify-crl", "--load-ca-certificate", domain.root, "--infile", pem], check=True,
                            capture_output=True, text=True)
    expect("output: Verified" in judged.stdout, f"GnuTLS: {judged.stdout}")
    text = pem.read_text()
    number = re.search(r"CRL Number: ?\n\s+(\d+)", text)
    expect(number and int(number[1]) == crl["crlid"] and "Version 2" in text, text)
    return crl["crlid"], text.replace(":", "").upper()


def revoked_is_refused_by_every_device(build):
    with Stage(build, devices=2) as stage:
        domain = Domain(stage)
        obt, (one, two) = domain.obt, domain.devices
        thief, friend = domain.client("thief"), domain.client("friend")
        expect(domain.believe(thief) == domain.believe(friend) == [True, True], "both are believed")
        expect("revoked nothing" in obt("crl", "show", expect=8).stderr, "no list yet")
        done = obt.json("revoke", "--serial", serial_of(thief.certificate))
        expect(done["crlid"] == 1 and all(e["written"] for e in done["devices"]) and len(done["devices"]) == 2, f"{done}")
        expect(domain.believe(thief) == [False, False], "nobody believes it")
        expect(domain.believe(friend) == [True, True], "and nobody else suffers")
        for device in domain.devices:
            number, text = list_at(domain, device)
            expect(number == 1 and serial_of(thief.certificate) in text, text)
        for holder, right in ((thief, False), (friend, True)):
            judged = subprocess.run(["openssl", "verify", "-crl_check", "-CAfile", domain.root, "-CRLfile",
                                     stage.directory / "list.pem", holder.certificate],
                                    check=False, capture_output=True, text=True)
            expect((judged.returncode == 0) == right and ("revoked" in judged.stderr) != right, judged.stderr)
        again = obt.json("revoke", "--serial", serial_of(thief.certificate))
        expect(again["crlid"] == 1 and not any(e["written"] for e in again["devices"]), f"nothing new: {again}")
        # A device: its peers and this tool believe it no longer, and its key gets no other certificate.
        obt("certify", two)
        expect(obt.json("revoke", two)["crlid"] == 2, "the next number")
        number, text = list_at(domain, one)
        serial = next(e["certificate"]["serial"] for e in obt.json("list")["subjects"] if e["deviceuuid"] == two)
        expect(number == 2 and serial.upper() in text, text)
        expect("revoked" in obt("status", "--certificate", two, expect=6).stdout, "by this tool")
        obt("status", "--certificate", one)
        expect("reset" in obt.json("verify", two, expect=9)["next"], "what to do")
        expect("revoked" in obt("certify", two, expect=5).stderr, "not for that key")


def revocation_reaches_who_was_away(build):
    with Stage(build, devices=2) as stage:
        domain = Domain(stage)
        obt, (one, two) = domain.obt, domain.devices
        stage.daemons[1].stop()
        done = obt.json("--timeout", 2, "revoke", "--serial", "0a:0b", expect=7)
        expect([e["told"] for e in done["devices"]] == [e["deviceuuid"] == one for e in done["devices"]], f"{done}")
        expect("crl publish" in done["next"], f"{done}")
        former = (obt.home / "crl.der").read_bytes()
        obt("--timeout", 2, "revoke", "--serial", "0c", expect=7)
        stage.daemons[1].start()
        done = obt.json("crl", "publish")
        expect([e["written"] for e in done["devices"]] == [e["deviceuuid"] == two for e in done["devices"]], f"{done}")
        # A home from a backup: what it has lost, it learns from the devices; nothing revoked comes back.
        (obt.home / "crl.der").write_bytes(former)
        done = obt.json("revoke", "--serial", "0d")
        shown = [entry["serial"] for entry in obt.json("crl", "show")["revoked"]]
        expect(sorted(shown) == ["0a0b", "0c", "0d"], f"{shown}")
        expect(list_at(domain, one)[0] == list_at(domain, two)[0] == done["crlid"] > 2, f"{done}")
        for wrong in (["--serial", "xyz"], ["--serial", "0"], [], [one, "--serial", "0a"],
                      ["--serial", obt.json("ca", "show")["serial"]]):
            obt("revoke", *wrong, expect=2)
        (obt.home / "crl.der").write_bytes(former[:-1])
        for command in (["crl", "show"], ["revoke", one], ["certify", one], ["status", "--certificate", one]):
            damaged = obt(*command, expect=8)
            expect("damaged" in damaged.stderr and "next:" in damaged.stderr, damaged.stderr)


def ca_renewed_without_a_gap(build):
    with Stage(build, devices=2) as stage:
        domain = Domain(stage)
        obt, (one, two) = domain.obt, domain.devices
        friend, former = domain.client("friend"), obt.json("ca", "show")
        stage.daemons[1].stop()
        done = obt.json("--timeout", 2, "ca", "renew", expect=7)
        expect({e["deviceuuid"]: e["renewed"] for e in done["devices"]} == {one: True, two: False}, f"{done}")
        expect("ca renew" in done["next"], f"{done}")
        root = obt.json("ca", "show")
        expect(root["name"] == former["name"] and root["serial"] != former["serial"], f"{root}")
        stage.daemons[1].start()
        # Half of it is done: everybody goes on believing everybody.
        obt("verify", "--certificate", one)
        obt("status", "--certificate", two)
        expect(domain.believe(friend) == [True, True], "a certificate from before, at a device of each root")
        expect("certify" in obt.json("verify", two, expect=9)["next"], "what is left to do")
        done = obt.json("ca", "renew")
        expect([e["deviceuuid"] for e in done["devices"]] == [two] and done["root"]["serial"] == root["serial"],
               f"it goes on, with the same root: {done}")
        for device in domain.devices:
            obt("verify", "--certificate", device)
            anchors = [entry["publicdata"]["data"] for entry in of_usage(obt, device, "trustca")]
            expect(anchors == [root["certificate"]] and len(of_usage(obt, device, "cert")) == 1, f"{anchors}")
        domain.root.write_text(root["certificate"])
        expect(domain.believe(friend) == [True, True], "still after the old root is gone")
        done = obt.json("ca", "renew")
        expect(done["root"]["serial"] != root["serial"] and all(e["renewed"] for e in done["devices"]), f"another: {done}")
        obt("revoke", "--serial", serial_of(friend.certificate))
        expect(domain.believe(friend) == [False, False], "the list holds under each root")


def another_identity_gets_its_certificate_by_files(build):
    with Stage(build) as stage:
        obt, device = certified(stage)
        ams, other = stage.obt("ams"), stage.obt("other")
        me = uuid_in(ams("whoami").stdout)
        request, certificate, key = (stage.directory / name for name in ("request", "certificate", "ams.key"))

        def renew(*options):
            request.write_text(ams("request", *options).stdout)
            certificate.write_text(obt("certify", "--request", request).stdout)
            ams("accept", certificate)

        obt("provision", "handover", device, "--for", me, "--file", key)
        ams("accept", key)
        expect("request" in ams("status", "--certificate", device, expect=8).stderr, "how to get one")
        renew()
        asked = subprocess.run(["openssl", "req", "-verify", "-noout", "-subject", "-in", request], check=True,
                               capture_output=True, text=True)
        expect("verify OK" in asked.stdout + asked.stderr and me in asked.stdout, f"{asked}")
        (root := stage.directory / "root.pem").write_text(obt.json("ca", "show")["certificate"])
        subprocess.run(["openssl", "verify", "-CAfile", root, certificate], check=True, capture_output=True)
        expect(not (ams.home / "request.pem").exists() and (ams.home / "certificate.pem").stat().st_mode & 0o777 == 0o600,
               "one private file is left")
        expect("identity certificates" in ams.json("status", "--certificate", device)["authenticated"]["text"], "a session")
        obt("provision", "ace", device, "--subject", me, "--href", "/oic/sec/ael", "--permission", "R")
        ams("get", "--certificate", device, "/oic/sec/ael")
        expect("is for" in other("accept", certificate, expect=8).stderr, "another's")
        before = files_under(obt.home)
        text = request.read_text()
        device_named = Holder(stage.directory, "liar").request(f"/CN=uuid:{device}").read_text()
        for bad, status in ((text[:100], 5), ("", 5), (text * 20, 2), (device_named, 5), (certificate.read_text(), 5)):
            request.write_text(bad)
            refused = obt("certify", "--request", request, expect=status)
            expect("next:" in refused.stderr and not refused.stdout, refused.stderr)
        obt("certify", "--request", stage.directory / "missing", expect=2)
        obt("certify", expect=2)
        obt("certify", "--request", request, device, expect=2)
        expect(files_under(obt.home) == before, "nothing was issued")
        obt("revoke", me)
        ams("status", "--certificate", device, expect=6)
        request.write_text(text)
        expect("--new-key" in obt("certify", "--request", request, expect=5).stderr, "not for a revoked key")
        renew("--new-key")
        ams("status", "--certificate", device)
        obt("ca", "renew")
        ams("status", "--certificate", device)
        expect("CA" in obt("request", expect=8).stderr, "who has a CA needs no other")


TESTS = [revoked_is_refused_by_every_device, revocation_reaches_who_was_away, ca_renewed_without_a_gap,
         another_identity_gets_its_certificate_by_files]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], TESTS))

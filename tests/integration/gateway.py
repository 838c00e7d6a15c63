#!/usr/bin/env python3
"""The installed parts together: daemon, software TPM, private bus, onboarding tools, real sockets in namespaces."""
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from stage import Ca, Stage, expect, has_key, main, uuid_in, wait_for  # noqa: E402

PHASES = ["idle", "method-selected", "connected", "identified", "credential-established", "services-configured", "owned"]


def in_client(stage, program, *arguments):
    """Runs a Python program in the clients' namespace; what it prints."""
    return subprocess.run(["ip", "netns", "exec", stage.net.client, "python3", "-c", program, *map(str, arguments)],
                          capture_output=True, text=True, check=False, timeout=60).stdout


ASK_GROUP = """
import socket, sys
group, port = sys.argv[1], 5683
v6 = ":" in group
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
scope = socket.if_nametoindex("lan0")
if v6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, scope)
else: s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.1"))
message = bytes([0x51, 1, 0x12, 0x34, 0x77]) + b"\\xb3oic\\x03res"  # NON GET /oic/res, token 77
s.sendto(message, (group, port, 0, scope) if v6 else (group, port))
answer, peer = s.recvfrom(4096)
print(answer[1] == 0x45 and answer[0] >> 4 == 5, peer[0])
"""


def DI_01_multicast_groups(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        for group in ("224.0.1.187", "ff02::158", "ff03::158", "ff05::158"):
            expect(in_client(stage, ASK_GROUP, group).startswith("True"), f"no answer from {group}")


def bus_follows_every_step(build):
    """Phase and OnboardingState pass by in order, and each change is signalled."""
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        with open(stage.directory / "signals", "w", encoding="utf-8") as signals:
            watcher = subprocess.Popen(
                ["dbus-monitor", "--address", stage.bus.address,
                 "type='signal',interface='org.freedesktop.DBus.Properties',path='/org/ocfsecd1/device/0'"],
                stdout=signals, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: "NameAcquired" in (stage.directory / "signals").read_text(), "the watcher")
            stage.obt()("own", "--operational")
            stage.until("OnboardingState", "rfnop")
            expect(stage.is_("Phase", "owned") and stage.is_("Owned", True) and stage.is_("Operational", True),
                   "the properties of an owned device")
            owner = uuid_in(stage.obt()("whoami").stdout)
            expect(stage.is_("OwnerId", owner), "OwnerId")
            credential = stage.bus.get("OwnerCredential")
            expect("derived" in str(credential) and "True" in str(credential), f"OwnerCredential: {credential}")
            said = (stage.directory / "signals").read_text()
            lines = [line.strip() for line in said.splitlines()]
            seen = [lines[n + 1].split('"')[1] for n, line in enumerate(lines[:-1]) if line == 'string "Phase"']
            expect(seen == PHASES[1:], f"phases signalled: {seen}")
        finally:
            watcher.terminate()
            watcher.wait()


def SM_46_state_survives_restart(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        dots = stage.obt()
        dots("own")
        device = dots.owned()[0]
        for state in ("rfpro", "rfnop", "sreset"):
            dots("state", device, state)
            stage.daemon.restart()
            stage.until("OnboardingState", state)
            dots("verify", device)


def OC_17_survives_rfnop_and_restart(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        dots = stage.obt()
        dots("own", "--operational")
        device = dots.owned()[0]
        before = stage.bus.get("OwnerCredential")
        stage.daemon.restart()
        stage.until("OnboardingState", "rfnop")
        dots("get", device, "/oic/sec/cred")
        expect(stage.bus.get("OwnerCredential") == before, "the same owner credential")


def AE_10_persistence(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        dots = stage.obt()
        dots("own")
        device = dots.owned()[0]
        entry = {"subject": {"uuid": stage.bus.get("OwnerId")}, "resources": [{"href": "/oic/sec/ael"}], "permission": 14}
        dots("post", device, "/oic/sec/acl2", json.dumps({"aclist2": [entry]}))
        dots("get", device, "/oic/sec/sp", expect=5)
        stage.daemon.stop()
        stage.daemon.start()
        stage.until("OnboardingState", "rfpro")
        events = dots("get", device, "/oic/sec/ael").stdout
        for aeid in ("AC-1", "OB-4", "DEV-3"):
            expect(aeid in events, f"{aeid} in {events}")
        expect(list(stage.daemon.state.glob("*.events")), "in a file of their own")
        dots("reset", device)
        stage.until("OnboardingState", "rfotm")
        expect(not list(stage.daemon.state.iterdir()), "nothing is left of them")


def SM_42_local_factory_reset(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        for goal in ("rfotm", "rfpro", "rfnop", "sreset"):
            former = stage.bus.get("DeviceId")
            if goal != "rfotm":
                dots = stage.obt(f"dots-{goal}")
                dots("own")
                device = dots.owned()[0]
                if goal != "rfpro":
                    dots("state", device, goal)
                stage.until("OnboardingState", goal)
                former = device
            answer = stage.bus.method("Reset")
            expect(answer.returncode == 0, f"Reset in {goal}: {answer.stderr}")
            wait_for(lambda was=former: stage.is_("OnboardingState", "rfotm") and stage.bus.get("DeviceId") != was,
                     f"a new identity after Reset in {goal}")


def soft_reset_keeps_the_owner(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        expect(stage.bus.method("SoftReset").returncode != 0, "SoftReset of an unowned device must be refused")
        dots = stage.obt()
        dots("own", "--operational")
        expect(stage.bus.method("SoftReset").returncode == 0, "SoftReset")
        stage.until("OnboardingState", "sreset")
        dots("status", dots.owned()[0])


def OC_19_gone_after_reset(build):
    """After a RESET the old credential opens nothing, and the old state is worthless."""
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        dots = stage.obt()
        dots("own", "--operational")
        device = dots.owned()[0]
        shutil.copytree(dots.home, stage.directory / "old-home", copy_function=shutil.copy2)
        shutil.copytree(stage.daemon.state, stage.directory / "old-state")
        (stage.directory / "old-home").chmod(0o700)
        dots("reset", device)
        stage.until("OnboardingState", "rfotm")
        stage.obt("old-home")("get", device, "/oic/sec/doxm", expect=6)
        stage.daemon.stop()
        shutil.rmtree(stage.daemon.state)
        shutil.copytree(stage.directory / "old-state", stage.daemon.state)
        before = {path.name: path.read_bytes() for path in stage.daemon.state.iterdir()}
        stage.daemon.start()
        wait_for(lambda: stage.bus.manager("TpmState") == "rolled-back", "rolled-back")
        expect(stage.bus.manager("TpmRemedy"), "a remedy")
        after = {path.name: path.read_bytes() for path in stage.daemon.state.iterdir()}
        expect(before == after, "the old copy is left as it is")
        expect(stage.bus.method("Reset").returncode == 0, "the way out")
        stage.until("OnboardingState", "rfotm")
        expect(stage.bus.manager("TpmState") == "ok", "all is well again")


def OT_25_reonboard_after_reset(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        for name in ("first", "second"):
            obt = stage.obt(name)
            obt("own", "--operational")
            obt("reset", obt.owned()[0])
            stage.until("OnboardingState", "rfotm")


def three_managers_never_hold_each_others_keys(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        dots, cms, ams = (stage.obt(name) for name in ("dots", "cms", "ams"))
        uuids = {tool: uuid_in(tool("whoami").stdout) for tool in (cms, ams)}
        handover = stage.directory / "handover"
        dots("own", "--cms", uuids[cms], "--ams", uuids[ams], "--cms-handover", handover)
        device = dots.owned()[0]
        expect(handover.stat().st_mode & 0o777 == 0o600, "the hand-over file is private")
        cms("accept", handover)
        expect(not handover.exists(), "the hand-over file is gone")
        cms("provision", "handover", device, "--for", uuids[ams], "--file", handover)
        ams("accept", handover)
        ams("post", device, "/oic/sec/cred", '{"creds": []}', expect=5)
        cms("post", device, "/oic/sec/acl2", '{"aclist2": []}', expect=5)
        ams("provision", "ace", device, "--subject", "anon-clear", "--href", "/oic/d", "--permission", "R")
        ams("state", device, "rfnop")
        stage.until("OnboardingState", "rfnop")
        keys = {tool: [path.read_bytes() for path in (tool.home / "subjects").rglob("*key*") if path.is_file()]
                for tool in (dots, cms, ams)}
        for tool, own in keys.items():
            expect(own, f"{tool.home.name} has a key")
            for other in keys:
                for key in own:
                    for form in ([key] if other is not tool else []):
                        expect(not has_key(other.home, form), f"{other.home.name} holds a key of {tool.home.name}")
        for own in keys.values():
            for key in own:
                expect(not has_key(stage.daemon.state, key[-16:]), "a key lies in clear in the daemon's state")
                expect(key[-16:].hex() not in stage.daemon.said(), "a key is in the log")


def lost_tpm_is_named_and_found_again(build):
    with Stage(build, TPM_KeyCacheSec="0s") as stage:
        stage.until("OnboardingState", "rfotm")
        dots = stage.obt()
        dots("own", "--operational")
        device = dots.owned()[0]
        stage.tpm.kill()
        dots("--timeout", 3, "get", device, "/oic/sec/doxm", expect=None)
        wait_for(lambda: stage.bus.manager("TpmState") == "tpm-unavailable", "tpm-unavailable on the bus")
        expect(stage.daemon.process.poll() is None, "the daemon goes on")
        stage.tpm.start()
        wait_for(lambda: stage.bus.manager("TpmState") == "ok", "the TPM found again", 15)
        dots("get", device, "/oic/sec/doxm")


def start_without_tpm_waits_for_it(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        dots = stage.obt()
        dots("own", "--operational")
        stage.daemon.stop()
        stage.tpm.kill()
        stage.daemon.start()
        wait_for(lambda: stage.bus.manager("TpmState") == "tpm-unavailable", "tpm-unavailable on the bus")
        stage.tpm.start()
        stage.until("OnboardingState", "rfnop", 15)
        dots("verify", dots.owned()[0])


def lost_bus_is_survived(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        stage.bus.kill()
        stage.obt()("own", "--operational")
        stage.bus.start()
        stage.until("OnboardingState", "rfnop", 20)


def damaged_state_is_named_and_kept(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        stage.obt()("own", "--operational")
        stage.daemon.stop()
        snapshot = next(stage.daemon.state.glob("*.snapshot"))
        good = snapshot.read_bytes()
        for bad, name in ((good[:-1], "state-corrupt"), (good[:40], "state-corrupt"), (None, "state-missing")):
            if bad is None:
                snapshot.unlink()
            else:
                snapshot.write_bytes(bad)
            stage.daemon.start()
            wait_for(lambda wanted=name: stage.bus.manager("TpmState") == wanted, name)
            stage.daemon.stop()
            expect((snapshot.read_bytes() if snapshot.exists() else None) == bad, "the file is left as it is")
        snapshot.write_bytes(good)
        stage.daemon.start()
        stage.until("OnboardingState", "rfnop")


def another_tpm_is_told_apart(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        stage.obt()("own", "--operational")
        stage.daemon.stop()
        stage.tpm.kill()
        shutil.rmtree(stage.tpm.directory)
        stage.tpm.directory.mkdir(mode=0o700)
        stage.tpm.start()
        stage.daemon.start()
        wait_for(lambda: stage.bus.manager("TpmState") == "foreign-state", "foreign-state")


def kill_at_any_moment_leaves_old_or_new(build):
    """SIGKILL at random moments of onboardings, provisionings and resets: it comes back unowned, or owned and opening to its
    owner; never with a named failure."""
    dice = random.Random(20261125)
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        for n in range(12):
            obt = stage.obt(f"owner{n}")
            if stage.is_("OnboardingState", "rfotm"):
                command = ["own", "--operational"]
            else:
                obt = stage.obt(owner)
                command = [["reset", obt.owned()[0]], ["state", obt.owned()[0], "rfpro"]][n % 2]
            tool = subprocess.Popen(["ip", "netns", "exec", stage.net.client, obt.program, "--home", obt.home, "--interface",
                                     "lan0", "--wait", "0.3", "--timeout", "1", "--yes", *command],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                tool.wait(timeout=dice.uniform(0.05, 1.2))
            except subprocess.TimeoutExpired:
                pass
            stage.daemon.kill()
            tool.wait()
            stage.daemon.start()
            wait_for(lambda: stage.bus.manager("TpmState"), "the daemon on the bus")
            expect(stage.bus.manager("TpmState") == "ok", f"after kill {n}: {stage.bus.manager('TpmState')}")
            wait_for(lambda: stage.bus.get("OnboardingState") in ("rfotm", "rfpro", "rfnop"), "a settled state")
            if stage.bus.get("OnboardingState") != "rfotm":
                owner = obt.home.name
                device = stage.bus.get("DeviceId")
                expect(device in obt.owned(), "whoever owns the device knows it")
                obt("get", device, "/oic/sec/doxm")


THROW = """
import os, random, socket, sys
dice = random.Random(1)
for port in (5683, 5684):
    for _ in range(1500):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        body = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 300)))
        if dice.random() < 0.5: body = (bytes([0x40, dice.choice([1, 2, 3, 4])]) if port == 5683 else bytes([22, 254, 253])) + body
        s.sendto(body, ("192.0.2.11", port))
        s.close()
"""


def hostile_traffic_changes_nothing(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        identity = stage.bus.get("DeviceId")
        memory = resident(stage)
        in_client(stage, THROW)
        expect(stage.obt()("discover").returncode == 0, "it still answers")
        expect(stage.bus.get("DeviceId") == identity, "nothing changed")
        expect(not list(stage.daemon.state.glob("*.snapshot")), "nothing was written")
        expect(resident(stage) - memory < 16 * 1024, "memory is bounded")
        expect(stage.daemon.said().count("\n") < 100, "the log is bounded")


def resident(stage):
    status = pathlib.Path(f"/proc/{stage.daemon.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def wrong_configuration_does_not_start(build):
    with Stage(build) as stage:
        stage.daemon.stop()
        stage.daemon.config.write_text("[TPM]\nTcti=device:/dev/null\n[Onboarding]\nDocIdleSec=soon\n")
        stage.daemon.start(wait=False)
        expect(stage.daemon.process.wait(timeout=10) == 78, "EX_CONFIG")
        expect("ocfsecd.conf:4" in stage.daemon.said(), f"file and line: {stage.daemon.said()[-300:]}")


def term_says_goodbye_and_ends_at_once(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        expect(stage.daemon.stop() == 0, "a clean end")


def introspection_speaks(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        text = stage.bus.call("introspect", "org.ocfsecd1", "/org/ocfsecd1/device/0").stdout
        for name in ("Reset", "SoftReset", "OwnerCredential", "Phase", "OnboardingState", "SupportedMethods", "Endpoints",
                     "OpenWindow", "GetPin", "RegisterPinAgent", "UnregisterPinAgent", "Import", "CreateKey", "SetChain"):
            expect(f".{name} " in text, f"{name} in busctl introspect")


SELECT = """
import socket, sys
payload = bytes([0xa1, 0x66]) + b"oxmsel" + bytes([int(sys.argv[1])])  # {"oxmsel": n}
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
# CON POST /oic/sec/doxm, Content-Format 10000 with version 2048 (options 12, 2053)
head = bytes([0x40, 2, 0x12, int(sys.argv[1]) + 1]) + b"\\xb3oic\\x03sec\\x04doxm\\x12\\x27\\x10\\xe2\\x06\\xec\\x08\\x00\\xff"
s.sendto(head + payload, ("192.0.2.11", 5683))
answer = s.recv(4096)
print(f"{answer[1] >> 5}.{answer[1] & 31:02d}")
"""


def PIN_reaches_the_agent(build):
    """The Random PIN method is offered while somebody shows its PIN; the PIN gets there, and nowhere else."""
    with Stage(build, Onboarding_PinLifetimeSec="3s", Onboarding_PinDigits="12") as stage:
        stage.until("OnboardingState", "rfotm")
        expect("random-pin" not in stage.bus.get("SupportedMethods"), "not offered: nothing shows a PIN")
        expect(in_client(stage, SELECT, 1).strip() == "4.00", "and it cannot be selected")
        expect(stage.ctl("pin", expect=5).stderr.count("no PIN"), "why there is none")
        with stage.ctl.open("--json", "pin", "--wait") as agent:
            wait_for(lambda: "random-pin" in stage.bus.get("SupportedMethods"), "the offer")
            expect(in_client(stage, SELECT, 1).strip() == "2.04", "selected")
            shown = json.loads(agent.stdout.readline())
            pin = shown["pin"]
            expect(re.fullmatch("[0-9]{12}", pin) and 0 < shown["expiresIn"] <= 3, f"a PIN: {shown}")
            expect(json.loads(stage.ctl("--json", "pin").stdout)["pin"] == pin, "GetPin says the same")
            expect(json.loads(agent.stdout.readline())["reason"] == "expired", "void after its time")
            expect(stage.is_("SelectedMethod", ""), "and the method is not selected any more")
            expect("expired" in stage.ctl("pin", expect=5).stderr, "why there is none now")
            expect(in_client(stage, SELECT, 1).strip() == "2.04", "selected again")
            second = json.loads(agent.stdout.readline())["pin"]
            expect(second != pin, "a new PIN each time")
            agent.kill()
            wait_for(lambda: "random-pin" not in stage.bus.get("SupportedMethods"), "the offer's end")
            expect(stage.is_("SelectedMethod", ""), "nobody shows the PIN: it is void")
        for secret in (pin, second):
            expect(secret not in stage.daemon.said(), "the PIN is in the log")


def manufacturer_key_goes_in(build):
    """The maker's key: made in the TPM with a request, or imported; the method is offered once there is a certificate."""
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        ca = Ca(stage.directory)
        expect("manufacturer-certificate" not in stage.bus.get("SupportedMethods"), "nothing is installed")
        request = stage.directory / "request.pem"
        request.write_text(stage.ctl("mfg", "create").stdout)
        stage.ctl("mfg", "chain", ca.sign(request))
        expect("manufacturer-certificate" in stage.bus.get("SupportedMethods"), "offered now")
        first = stage.ctl.json("mfg", "show")["certificate"]
        expect(first["subject"] and "BEGIN CERTIFICATE" in first["chain"], f"shown: {first}")
        key, chain = ca.key_and_chain()
        refused = stage.ctl("mfg", "import", ca.sign(request), key, expect=5)
        expect("not for this private key" in refused.stderr, refused.stderr)
        expect(stage.ctl.json("mfg", "show")["certificate"] == first, "nothing changed")
        stage.ctl("mfg", "import", chain, key)
        expect(stage.ctl.json("mfg", "show")["certificate"] != first, "the imported one")
        stage.daemon.restart()
        stage.until("OnboardingState", "rfotm")
        expect("manufacturer-certificate" in stage.bus.get("SupportedMethods"), "it outlives the daemon")
        scalar = subprocess.run(["openssl", "pkey", "-in", key, "-outform", "DER"], capture_output=True, check=True).stdout
        expect(not has_key(stage.daemon.state, scalar[36:68]), "the key lies in clear in the daemon's state")


def window_opens_again(build):
    with Stage(build, Onboarding_WindowSec="1s") as stage:
        wait_for(lambda: stage.bus.get("SupportedMethods") == [], "the window's end")
        stage.ctl("window", "open", "--for", 60)
        expect(stage.bus.get("SupportedMethods") == ["just-works"], "open again")
        stage.obt()("own", "--operational")
        stage.until("OnboardingState", "rfnop")
        expect("has an owner" in stage.ctl("window", "open", expect=5).stderr, "an owned device has no window")


def a_start_opens_the_window_as_configured(build):
    """WindowAtStart=first: who cuts the power does not open it again."""
    with Stage(build, Onboarding_WindowAtStart="first") as stage:
        expect(stage.bus.get("SupportedMethods") == ["just-works"], "the first start opens it")
        stage.daemon.restart()
        expect(stage.bus.get("SupportedMethods") == [], "the second does not")
        expect("ocfctl window open" in stage.daemon.said(), "and says what does")
        stage.ctl("window", "open", "--for", 60)
        stage.obt()("own", "--operational")
        stage.until("OnboardingState", "rfnop")
        stage.ctl("reset", "--yes")
        stage.until("OnboardingState", "rfotm")
        expect(stage.bus.get("SupportedMethods") == ["just-works"], "the end of an ownership opens it")
        (stage.daemon.state / "device-0.started").unlink()
        stage.daemon.restart()
        expect(stage.bus.get("SupportedMethods") == [], "it had an owner, says the TPM")
    with Stage(build, Onboarding_WindowAtStart="no") as stage:
        expect(stage.bus.get("SupportedMethods") == [], "no start opens it")
        expect(not list(stage.daemon.state.iterdir()), "and none is recorded")


def what_the_device_knows_and_decides_is_told(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        dots = stage.obt()
        dots("own", "--operational")
        device, owner = dots.owned()[0], stage.bus.get("OwnerId")
        credentials = stage.ctl.json("credentials")["credentials"]
        expect([(c["subject"], c["origin"], c["sealed"]) for c in credentials] == [(owner, "derived", True)], credentials)
        stage.ctl("check", owner, "/oic/sec/cred", "update")
        denied = stage.ctl("check", "anon-clear", "/oic/sec/cred", "retrieve", expect=7).stdout
        expect(denied.startswith("denied: "), denied)
        stage.ctl("check", owner, "/no/such", "retrieve", expect=4)
        stage.ctl("check", "somebody", "/oic/d", "retrieve", expect=5)
        dots("get", device, "/oic/sec/sp", expect=None)
        events = stage.ctl.json("events")["events"]
        expect("OB-4" in [event["aeid"] for event in events], f"the ownership is an event: {events}")


TESTS = [DI_01_multicast_groups, bus_follows_every_step, SM_46_state_survives_restart, OC_17_survives_rfnop_and_restart,
         AE_10_persistence,
         SM_42_local_factory_reset, soft_reset_keeps_the_owner, OC_19_gone_after_reset, OT_25_reonboard_after_reset,
         three_managers_never_hold_each_others_keys, lost_tpm_is_named_and_found_again, start_without_tpm_waits_for_it,
         lost_bus_is_survived, damaged_state_is_named_and_kept, another_tpm_is_told_apart,
         kill_at_any_moment_leaves_old_or_new, hostile_traffic_changes_nothing, wrong_configuration_does_not_start,
         term_says_goodbye_and_ends_at_once, introspection_speaks, PIN_reaches_the_agent, manufacturer_key_goes_in,
         window_opens_again, a_start_opens_the_window_as_configured, what_the_device_knows_and_decides_is_told]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], TESTS))

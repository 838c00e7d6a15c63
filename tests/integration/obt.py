#!/usr/bin/env python3
"""The onboarding tool among real networks: discovery everywhere, devices of the older kind, hostile names."""
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from stage import ROOT, Ca, Namespaces, Stage, expect, main, run, wait_for  # noqa: E402

OLDER = "0a0b0c0d-1111-4222-8333-444444444444"
HOSTILE = b"\x1b]0;owned\x07\x1b[2J\xc2\x9b31m\xff\nffffffff-1111-4222-8333-444444444444  yours\x7f"


def obt(build, home, namespace, *arguments):
    """The tool as a user calls it, with no interface named."""
    return subprocess.run(["ip", "netns", "exec", namespace, pathlib.Path(build) / "tools/obt/ocf-obt", "--home", home, "--wait",
                           "1", "--quiet", *arguments], capture_output=True, check=False, timeout=60)


@contextlib.contextmanager
def older_device(name):
    """A network with that device alone; gives the clients' namespace and a home."""
    net = Namespaces()
    device = None
    try:
        with tempfile.TemporaryDirectory(prefix="ocf-obt-test-") as directory:
            device = subprocess.Popen(
                ["ip", "netns", "exec", net.devices[0], sys.executable, ROOT / "tests/support/older_device.py", "192.0.2.11",
                 OLDER, name.hex()], stdout=subprocess.PIPE)
            device.stdout.readline()
            yield net.client, pathlib.Path(directory) / "home"
    finally:
        if device:
            device.kill()
            device.wait()
        net.remove()


def discover_asks_on_every_network(build):
    with Stage(build, devices=2, bus=False) as stage:
        # The second device moves to a network of its own; a third network has nobody.
        client = stage.net.client
        for command in (["set", "port2", "nomaster"], ["add", "empty0", "type", "bridge"], ["set", "empty0", "up"]):
            run("ip", "-n", client, "link", *command)
        run("ip", "-n", client, "address", "add", "198.51.100.1/24", "dev", "port2")
        run("ip", "-n", client, "address", "add", "203.0.113.1/24", "dev", "empty0")
        device = stage.net.devices[1]
        run("ip", "-n", device, "address", "replace", "198.51.100.2/24", "dev", "lan0")
        home = stage.directory / "dots"
        found = json.loads(obt(build, home, client, "discover", "--json").stdout)
        expect(sorted(entry["name"] for entry in found) == ["Gateway 0", "Gateway 1"], f"both are found: {found}")
        only = json.loads(obt(build, home, client, "--interface", "lan0", "discover", "--json").stdout)
        expect([entry["name"] for entry in only] == ["Gateway 0"], f"an interface that is named is the only one: {only}")
        expect(obt(build, home, client, "--interface", "empty0", "discover").returncode == 3, "nobody there")


def older_devices_are_found_in_their_own_way(build):
    with older_device(b"Lamp of old") as (client, home):
        found = json.loads(obt(build, home, client, "discover", "--json").stdout)
        expect(len(found) == 1, f"one device: {found}")
        device = found[0]
        expect(device["deviceuuid"] == OLDER and device["name"] == "Lamp of old", f"{device}")
        expect("coaps://192.0.2.11:49152" in device["endpoints"], f"the port of its policy: {device}")
        refused = obt(build, home, client, "own", OLDER)
        expect(refused.returncode in (3, 5), f"it has no pstat, so nothing is taken: {refused}")


def hostile_names_steer_no_terminal(build):
    with older_device(HOSTILE) as (client, home):
        for form in ([], ["--json"]):
            shown = obt(build, home, client, "discover", *form)
            expect(shown.returncode == 0, f"found: {shown}")
            bad = [octet for octet in shown.stdout + shown.stderr if (octet < 0x20 and octet != 0x0a) or octet >= 0x7f]
            expect(not bad, f"{bad} in {shown.stdout}")
            if form:
                name = json.loads(shown.stdout)[0]["name"]
                expect(name.startswith("\\x1b]0;owned\\x07\\x1b[2J\\u{9b}31m\\xff\\nffffffff"), f"escaped: {name}")
            else:
                expect(len(shown.stdout.splitlines()) == 2, f"one row: {shown.stdout}")


def own_by_pin(stage, agent, *options, mistake=None):
    """The tool gets the PIN that the agent shows, or `mistake` instead."""
    dots = stage.obt()
    tool = subprocess.Popen(
        ["ip", "netns", "exec", stage.net.client, dots.program, "--home", dots.home, "--wait", "1", "--quiet", "own",
         "--method", "random-pin", "--pin-file", "-", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    pin = json.loads(agent.stdout.readline())["pin"]
    out, errors = tool.communicate(f"{mistake or pin}\n", timeout=60)
    return tool.returncode, out, errors, pin


def random_pin_owns_and_a_wrong_one_does_not(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        dots = stage.obt()
        refused = dots("own", "--method", "random-pin", "--pin-file", "/dev/null", expect=5)
        expect("does not offer random-pin" in refused.stderr and "PIN" in refused.stderr, f"how to go on: {refused.stderr}")
        former = stage.bus.get("DeviceId")
        with stage.ctl.open("--json", "pin", "--wait") as agent:
            wait_for(lambda: "random-pin" in stage.bus.get("SupportedMethods"), "the offer")
            code, _, errors, pin = own_by_pin(stage, agent, mistake="00000000")
            expect(code == 6 and "wrong PIN" in errors, f"{code}: {errors}")
        wait_for(lambda: stage.is_("OnboardingState", "rfotm") and stage.bus.get("DeviceId") != former, "its RESET")
        expect(not dots.owned(), "nothing is kept of it")
        with stage.ctl.open("--json", "pin", "--wait") as agent:
            wait_for(lambda: "random-pin" in stage.bus.get("SupportedMethods"), "the offer")
            code, out, errors, second = own_by_pin(stage, agent, "--operational")
            expect(code == 0 and "Method: random-pin" in out, f"{code}: {out}{errors}")
        stage.until("OnboardingState", "rfnop")
        device = dots.owned()[0]
        dots("verify", device)
        expect("derived" in str(stage.bus.get("OwnerCredential")), "the owner credential on the bus")
        for secret in (pin, second):
            expect(secret not in stage.daemon.said() + out + errors, "a PIN is where it does not belong")
        dots("reset", device)
        stage.until("OnboardingState", "rfotm")


def makers_certificate_owns_and_a_strangers_does_not(build):
    with Stage(build) as stage:
        stage.until("OnboardingState", "rfotm")
        maker = Ca(stage.directory)
        stranger_home = stage.directory / "stranger"
        stranger_home.mkdir()
        stranger = Ca(stranger_home)
        dots = stage.obt()
        refused = dots("own", "--trust", maker.root, expect=5)
        expect("--method just-works" in refused.stderr, f"nothing less without a word: {refused.stderr}")
        key, chain = maker.key_and_chain()
        stage.ctl("mfg", "import", chain, key)
        expect("--trust FILE" in dots("own", "--method", "manufacturer-certificate", expect=2).stderr, "what it needs")
        former = stage.bus.get("DeviceId")
        untrusted = dots("own", "--trust", stranger.root, expect=6)
        expect("does not hold" in untrusted.stderr, untrusted.stderr)
        wait_for(lambda: stage.is_("OnboardingState", "rfotm") and stage.bus.get("DeviceId") != former, "its RESET")
        for name in ("imported", "made in the TPM"):
            owned = dots.json("own", "--trust", stranger.root, "--trust", maker.root, "--operational")
            expect(owned["method"] == "manufacturer-certificate" and owned["maker"], f"{name}: {owned}")
            stage.until("OnboardingState", "rfnop")
            dots("verify", owned["deviceuuid"])
            dots("reset", owned["deviceuuid"])
            stage.until("OnboardingState", "rfotm")
            if name == "imported":
                request = stage.directory / "request.pem"
                request.write_text(stage.ctl("mfg", "create").stdout)
                stage.ctl("mfg", "chain", maker.sign(request))


TESTS = [random_pin_owns_and_a_wrong_one_does_not, makers_certificate_owns_and_a_strangers_does_not,
         discover_asks_on_every_network, older_devices_are_found_in_their_own_way, hostile_names_steer_no_terminal]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], TESTS))

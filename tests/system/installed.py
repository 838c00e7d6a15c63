#!/usr/bin/env python3
"""The Debian packages as their users meet them: installed by apt in a booted Debian 12, onboarded from another network
namespace, killed, rebooted, reset, purged.

  installed.py PACKAGES RESULTS.xml [--keep]

PACKAGES is a directory with the .deb files. --keep leaves the tree where it says. Needs root.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE))
from checks import Checks, demand  # noqa: E402
from machine import Machine  # noqa: E402
from stage import Namespaces, wait_for  # noqa: E402

INSIDE = "/var/tmp/packages"
# What the packages and the trial need besides, to be downloaded while there is a network.
EXTRAS = ["swtpm", "iproute2", "jq"]
# Downloaded as well, and installed by the step that is about it.
POLKIT = "polkitd"
RULES = "/etc/polkit-1/rules.d/50-ocfsecd.rules"
# systemd/message_ids.h
STARTED = "d58baa19458545328c3e18e3f8d9bfe3"
STATE_CHANGED = "63b98ca4ed074131824a1b2c3b229f3f"
OWNED = "ec97fd19d9e04a7eb446faf7faf1973d"
OWNER_CREDENTIAL = "be1947e99a724653a02a5b9e1e6e1a2f"
RESET = "b323416b171a4d46b423fbe5ccb69d2b"
TPM_UNAVAILABLE = "429d7987564e41d9a4760637728b7fdb"
STATE_MISSING = "6408f21add7b43879dc3abe0a6ed2b77"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def needed_by(packages):
    """Names of what the packages depend on, the first of alternatives."""
    names = {*EXTRAS, POLKIT}
    for package in packages:
        fields = subprocess.run(["dpkg-deb", "--field", package, "Depends"], check=True, capture_output=True, text=True)
        names.update(re.match(r"[a-z0-9.+-]+", clause.strip())[0] for clause in fields.stdout.split(","))
    return sorted(names)


class World:
    def __init__(self, packages):
        self.packages = sorted(pathlib.Path(packages).glob("*.deb"))
        demand(len([p for p in self.packages if "dbgsym" not in p.name]) == 2, f"two packages in {packages}")
        self.packages = [p for p in self.packages if "dbgsym" not in p.name]
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="ocfsecd-system-", dir=os.environ.get("TMPDIR", "/var/tmp")))
        self.tree = self.directory / "tree"
        self.device = None
        self.net = self.machine = None
        subprocess.run([HERE / "tree.sh", "bookworm", self.tree, "systemd-sysv,dbus,udev,procps",
                        " ".join(needed_by(self.packages))], check=True)
        inside = self.tree / INSIDE.lstrip("/")
        inside.mkdir()
        for package in self.packages:
            shutil.copy(package, inside)
        shutil.copy(HERE / "software_tpm.sh", inside)
        shutil.copytree(HERE.parents[1] / "debian/tests", inside / "tests")
        # The tool outside is the packaged one.
        for package in self.packages:
            if package.name.startswith("ocf-obt"):
                subprocess.run(["dpkg-deb", "--extract", package, self.directory / "outside"], check=True)
        self.net = Namespaces()
        self.machine = Machine(self.tree, self.net.devices[0], self.directory / "console.log")
        self.machine.boot()

    def end(self, keep=False):
        if self.machine:
            self.machine.end()
        if self.net:
            self.net.remove()
        if keep:
            print(f"kept: {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    # ---- looking
    def run(self, *command, **options):
        return self.machine.run(*command, **options)

    def get(self, name, interface="Device", path="/org/ocfsecd1/device/0"):
        done = self.run("busctl", "--json=short", "--auto-start=no", "get-property", "org.ocfsecd1", path,
                        f"org.ocfsecd1.{interface}", name, check=False)
        return json.loads(done.stdout)["data"] if done.returncode == 0 else None

    def until(self, name, value, patience=60):
        wait_for(lambda: self.get(name) == value, f"{name} = {value}; it is {self.get(name)}", patience)

    def unit(self, name):
        return self.machine.says("systemctl", "show", "--value", f"--property={name}", "ocfsecd.service")

    def journal_has(self, message_id):
        return self.machine.says("journalctl", "--unit=ocfsecd", "--output=cat", "--quiet", f"MESSAGE_ID={message_id}")

    def ocfctl(self, *arguments, expect=0):
        done = self.run("ocfctl", *arguments, check=False)
        demand(done.returncode == expect, f"ocfctl {arguments} ended with {done.returncode}, not {expect}: {done.stdout}{done.stderr}")
        return done.stdout

    def obt(self, *arguments, expect=0):
        """The onboarding tool, on the other side of the cable."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.net.client, self.directory / "outside/usr/bin/ocf-obt", "--home",
             self.directory / "dots", "--interface", "lan0", "--wait", "1", "--yes", *arguments],
            capture_output=True, text=True, check=False, timeout=120)
        demand(expect is None or done.returncode == expect,
               f"ocf-obt {' '.join(arguments)} ended with {done.returncode}, not {expect}: {done.stdout}{done.stderr}")
        return done

    # ---- acting
    def install(self):
        packages = [f"{INSIDE}/{package.name}" for package in self.packages]
        self.run("apt-get", "install", "--yes", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", *packages, *EXTRAS,
                 timeout=300)

    def give_tpm(self):
        self.run("sh", f"{INSIDE}/software_tpm.sh", "lan0")

    def own(self):
        wait_for(lambda: self.obt("discover", expect=None).returncode == 0, "the device to be discovered", 30)
        self.obt("own", "--operational")
        self.until("OnboardingState", "rfnop")
        self.device = self.get("DeviceId")


def installs(world):
    """apt installs both packages"""
    world.install()
    demand(world.machine.says("systemctl", "is-enabled", "ocfsecd") == "enabled", "the unit is not enabled")


def runs_without_tpm(world):
    """without a TPM the service runs, serves nothing, and names failure and remedy everywhere"""
    wait_for(lambda: world.get("TpmState", "Manager", "/org/ocfsecd1") == "tpm-unavailable", "the named failure", 60)
    demand(world.unit("ActiveState") == "active", "not active")
    demand("tpm-unavailable" in world.unit("StatusText"), world.unit("StatusText"))
    text = world.ocfctl("status", expect=1)
    demand("tpm-unavailable" in text and "remedy" in text, text)
    demand(world.journal_has(TPM_UNAVAILABLE), "nothing in the journal")


def starts_with_tpm(world):
    """with a (software) TPM it is ready to be owned, and its status line says so"""
    world.give_tpm()
    world.until("OnboardingState", "rfotm")
    demand(world.unit("ActiveState") == "active" and world.unit("NRestarts") == "0", world.unit("ActiveState"))
    wait_for(lambda: "rfotm" in world.unit("StatusText"), "the status line", 10)
    world.ocfctl("status")
    demand(json.loads(world.ocfctl("status", "--json"))["devices"][0]["owned"] is False, "owned")
    demand(world.journal_has(STARTED), "no start in the journal")


def introspects(world):
    """busctl introspect shows the properties by name"""
    text = world.machine.says("busctl", "introspect", "org.ocfsecd1", "/org/ocfsecd1/device/0")
    for name in ("OnboardingState", "Phase", "OwnerCredential", "Owned", "Endpoints", "Reset"):
        demand(f".{name} " in text, f"no {name} in\n{text}")


def guards_the_bus(world):
    """anybody may read over D-Bus, only root may act"""
    device = ["org.ocfsecd1", "/org/ocfsecd1/device/0"]
    world.run(*NOBODY, "ocfctl", "status")
    refused = world.run(*NOBODY, "busctl", "call", *device, "org.ocfsecd1.Device", "Reset", check=False)
    demand(refused.returncode != 0 and "only root may do this" in refused.stderr, refused.stderr)
    stolen = world.run(*NOBODY, "busctl", "call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName", "su",
                       "org.ocfsecd1", "4", check=False)
    demand(stolen.returncode != 0, "anybody may own the name")


def is_confined(world):
    """the process has a user of its own, no capability, and no way to get one; its state is private"""
    pid = world.unit("MainPID")
    status = dict(line.split(":", 1) for line in world.machine.says("cat", f"/proc/{pid}/status").splitlines())
    user = world.machine.says("id", "--user", "ocfsecd")
    demand(status["Uid"].split()[0] == user != "0", status["Uid"])
    demand(int(status["CapBnd"], 16) == 0 and status["NoNewPrivs"].strip() == "1", str(status))
    demand(world.machine.says("stat", "--format=%U %a", "/var/lib/ocfsecd") == "ocfsecd 700", "state directory")
    demand(int(status["VmLck"].split()[0]) > 0, "no locked memory for secrets")
    for line in world.machine.says("journalctl", "--unit=ocfsecd", "--output=cat").splitlines():
        demand("cannot be locked" not in line, line)


def explains_itself(world):
    """the message catalog and the manual pages are installed"""
    demand("has an owner" in world.machine.says("journalctl", "--list-catalog", OWNED), "no catalog")
    listed = world.machine.says("dpkg-query", "--listfiles", "ocfsecd", "ocf-obt")
    for page in ("man1/ocfctl.1", "man1/ocf-obt.1", "man5/ocfsecd.conf.5", "man8/ocfsecd.8"):
        demand(page in listed, page)


def is_owned_from_outside(world):
    """ocf-obt on the other side of a cable finds it, owns it by Just Works, and takes it to normal operation"""
    world.own()
    demand(world.get("Owned") is True and world.get("Phase") == "owned", "not owned")
    credential = world.get("OwnerCredential")
    demand(credential["sealed"]["data"] is True and credential["origin"]["data"] == "derived", str(credential))
    wait_for(lambda: "rfnop" in world.unit("StatusText"), "the status line", 10)
    world.obt("verify", world.device)
    for message_id in (OWNED, OWNER_CREDENTIAL, STATE_CHANGED):
        demand(world.journal_has(message_id), f"no {message_id} in the journal")
    demand("sealed in the TPM" in world.ocfctl("status"), "ocfctl does not tell")


def asks_polkit(world):
    """a rule of polkit lets a user do exactly what it names, for as long as it is there"""
    device = ["org.ocfsecd1", "/org/ocfsecd1/device/0"]
    inspects = [*NOBODY, "busctl", "call", *device, "org.ocfsecd1.Credentials", "List"]
    resets_it = [*NOBODY, "busctl", "call", *device, "org.ocfsecd1.Device", "Reset"]
    may = lambda command: world.run(*command, check=False).returncode == 0
    demand(not may(inspects), "without polkit somebody else than root may")
    world.run("apt-get", "install", "--yes", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", POLKIT, timeout=300)
    demand(not may(inspects), "without a rule somebody else than root may")
    rule = ("polkit.addRule(function(action, who) {"
            " if (action.id == 'org.ocfsecd1.inspect' && who.user == 'nobody') return polkit.Result.YES; });")
    world.run("sh", "-c", f'printf "%s\\n" "$1" >{RULES}', "sh", rule)
    wait_for(lambda: may(inspects), "the rule to be followed", 20)
    demand(not may(resets_it), "the rule grants more than it says")
    demand(world.get("Owned") is True, "it was reset all the same")
    world.run("rm", RULES)
    wait_for(lambda: not may(inspects), "the rule to be over", 20)


def survives_a_kill(world):
    """after SIGKILL systemd brings it back, owned, and the owner credential opens a new session"""
    world.run("systemctl", "kill", "--signal=KILL", "ocfsecd")
    wait_for(lambda: world.unit("NRestarts") == "1", "the restart", 30)
    world.until("OnboardingState", "rfnop")
    demand(world.get("Owned") is True, "not owned")
    world.obt("status", world.device)


def survives_a_reboot(world):
    """after a reboot it is there by itself, owned"""
    world.machine.halt()
    world.machine.boot()
    world.until("OnboardingState", "rfnop", 60)
    world.obt("status", world.device)


def comes_by_activation(world):
    """a call on the bus starts it"""
    world.run("systemctl", "stop", "ocfsecd")
    world.ocfctl("status", expect=3)
    world.run("busctl", "call", "org.ocfsecd1", "/org/ocfsecd1", "org.freedesktop.DBus.Peer", "Ping")
    world.until("OnboardingState", "rfnop")


def resets(world):
    """ocfctl reset ends the ownership; the former owner is not let in any more"""
    world.ocfctl("reset", expect=4)  # nobody confirmed
    world.ocfctl("reset", "--yes")
    world.until("OnboardingState", "rfotm")
    demand(world.get("Owned") is False and world.get("DeviceId") != world.device, "still the same")
    demand(world.journal_has(RESET), "nothing in the journal")
    demand(world.obt("status", world.device, expect=None).returncode != 0, "the former owner is let in")


def purged(world):
    world.run("apt-get", "purge", "--yes", "ocfsecd")
    for path in ("/var/lib/ocfsecd", "/etc/ocfsecd", "/usr/sbin/ocfsecd", "/usr/bin/ocfctl",
                 "/usr/share/dbus-1/system.d/org.ocfsecd1.conf"):
        demand(world.run("test", "-e", path, check=False).returncode != 0, f"{path} is still there")
    demand(world.run("pgrep", "--exact", "ocfsecd", check=False).returncode != 0, "it still runs")
    demand(world.unit("LoadState") == "not-found", world.unit("LoadState"))
    world.run("getent", "passwd", "ocfsecd")  # Debian's users stay


def purges_and_returns(world):
    """apt purge removes all but the user; installed again, the device is unowned"""
    purged(world)
    world.install()
    world.give_tpm()
    world.until("OnboardingState", "rfotm")


def purge_is_no_reset(world):
    """who purges the package of an owned device does not get an unowned one: the TPM remembers"""
    world.own()
    purged(world)
    world.install()
    world.give_tpm()
    wait_for(lambda: world.get("TpmState", "Manager", "/org/ocfsecd1") == "state-missing", "the named failure", 60)
    demand("state-missing" in world.ocfctl("status", expect=1), "ocfctl does not tell")
    demand(world.journal_has(STATE_MISSING), "nothing in the journal")
    demand(world.obt("discover", expect=None).returncode != 0, "it offers itself")
    world.ocfctl("reset", "--yes")
    world.until("OnboardingState", "rfotm")
    world.ocfctl("status")


def autopkgtest(world):
    """the package's own autopkgtest passes"""
    world.run("env", f"AUTOPKGTEST_TMP={INSIDE}", f"OCFSECD_TESTBED={INSIDE}/software_tpm.sh", "sh", f"{INSIDE}/tests/onboarding", timeout=300)


STEPS = [installs, runs_without_tpm, starts_with_tpm, introspects, guards_the_bus, is_confined, explains_itself,
         is_owned_from_outside, asks_polkit, survives_a_kill, survives_a_reboot, comes_by_activation, resets, purges_and_returns,
         purge_is_no_reset, autopkgtest]


def main(packages, results, keep):
    checks = Checks("system-installed")
    world = World(packages)
    try:
        if checks.run(installs, world):  # all the others stand on it
            for step in STEPS[1:]:
                checks.run(step, world)
        if checks.failed:
            for line in world.run("journalctl", "--unit=ocfsecd", "--no-hostname", "--lines=40", check=False).stdout.splitlines():
                print(f"# {line}")
    finally:
        world.end(keep)
        checks.write(results)
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--keep" in sys.argv[3:]))

"""Real parts for tests: network namespaces, a software TPM, a private bus, the daemon and its tool. All are made by the test
and gone after it. Needs root."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class GaveUp(Exception):
    """What was waited for did not come."""


def expect(condition, what):
    if not condition:
        raise GaveUp(what)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, **options)


def wait_for(condition, what, patience=10.0):
    """The condition's first true value. Polls: what is waited for belongs to another process."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise GaveUp(f"waited {patience} s in vain for {what}")
        time.sleep(0.02)
    return value


class Namespaces:
    """A namespace with a bridge for the clients, one for each device, joined by cables. 192.0.2.1 and 192.0.2.11 …"""

    def __init__(self, devices=1, tag=None):
        self.tag = tag or f"ocf{os.getpid()}x{next(_numbers)}"
        self.client = f"{self.tag}c"
        self.devices = [f"{self.tag}d{n}" for n in range(1, devices + 1)]
        try:
            self._build()
        except BaseException:
            self.remove()
            raise

    def _build(self):
        for name in [self.client, *self.devices]:
            run("ip", "netns", "add", name)
            run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0",
                "net.ipv6.conf.default.accept_dad=0")
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", self.client, "link", "add", "lan0", "type", "bridge", "mcast_snooping", "0", "forward_delay", "0")
        for n, device in enumerate(self.devices, 1):
            run("ip", "-n", self.client, "link", "add", f"port{n}", "type", "veth", "peer", "name", "lan0", "netns", device)
            run("ip", "-n", self.client, "link", "set", f"port{n}", "master", "lan0", "up")
            run("ip", "-n", device, "address", "add", f"192.0.2.{10 + n}/24", "dev", "lan0")
            run("ip", "-n", device, "link", "set", "lan0", "up")
        run("ip", "-n", self.client, "address", "add", "192.0.2.1/24", "dev", "lan0")
        run("ip", "-n", self.client, "link", "set", "lan0", "up")
        # A fresh bridge may swallow the first neighbour solicitations, and the kernel then holds answers back for seconds.
        links = json.loads(subprocess.run(["ip", "-n", self.client, "-json", "address", "show", "dev", "lan0"],
                                          check=True, capture_output=True).stdout)
        address = next(a["local"] for a in links[0]["addr_info"] if a.get("scope") == "link")
        for device in self.devices:
            wait_for(lambda name=device: subprocess.run(
                ["ip", "netns", "exec", name, "ping", "-c1", "-W1", f"{address}%lan0"], check=False,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0, "the link")

    def remove(self):
        for name in [self.client, *self.devices]:
            subprocess.run(["ip", "netns", "delete", name], stderr=subprocess.DEVNULL, check=False)


def _count():
    number = 0
    while True:
        number += 1
        yield number


_numbers = _count()


class Tpm:
    """A software TPM with its state in a directory; it can be stopped, killed and started again."""

    def __init__(self, directory):
        self.directory = directory / "tpm"
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.socket = directory / "tpm.sock"
        self.start()

    @property
    def tcti(self):
        return f"swtpm:path={self.socket}"

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.directory}", "--server",
             f"type=unixio,path={self.socket},disconnect", "--ctrl", f"type=unixio,path={self.socket}.ctrl", "--flags",
             "not-need-init,startup-clear"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.socket.exists, "the software TPM")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.kill()


class Bus:
    """A private message bus with the project's own policy, the daemon's user being root."""

    def __init__(self, directory):
        self.directory = directory
        self.address = f"unix:path={directory / 'bus'}"
        policy = (ROOT / "dbus/org.ocfsecd1.conf").read_text().replace('user="ocfsecd"', 'user="root"')
        (directory / "policy.conf").write_text(policy)
        (directory / "bus.conf").write_text(f"""<busconfig><type>system</type><listen>{self.address}</listen>
<auth>EXTERNAL</auth><policy context="default"><allow user="*"/><deny own="*"/><deny send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
<allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
<allow send_destination="org.freedesktop.DBus"/></policy><include>policy.conf</include></busconfig>""")
        self.start()

    def start(self):
        (self.directory / "bus").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self.directory / 'bus.conf'}", "--nofork", "--nopidfile"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for((self.directory / "bus").exists, "the private bus")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.kill()

    def call(self, *arguments):
        return subprocess.run(["busctl", f"--address={self.address}", *arguments], capture_output=True, text=True,
                              check=False, timeout=30)

    def get(self, name, path="/org/ocfsecd1/device/0", interface="org.ocfsecd1.Device"):
        """The value of a property; nothing while it cannot be had."""
        answer = self.call("--json=short", "get-property", "org.ocfsecd1", path, interface, name)
        return json.loads(answer.stdout)["data"] if answer.returncode == 0 else None

    def manager(self, name):
        return self.get(name, "/org/ocfsecd1", "org.ocfsecd1.Manager")

    def method(self, name):
        return self.call("call", "org.ocfsecd1", "/org/ocfsecd1/device/0", "org.ocfsecd1.Device", name)


class Daemon:
    """ocfsecd in a namespace. OCFSECD_WRAP in the environment is put in front of it ("valgrind …")."""

    def __init__(self, build, directory, namespace, tcti, bus=None, **settings):
        self.build, self.directory, self.namespace, self.bus = build, directory, namespace, bus
        self.log = directory / "daemon.log"
        self.state = directory / "state"
        self.state.mkdir(mode=0o700, exist_ok=True)
        self.config = directory / "ocfsecd.conf"
        values = {"Network": {"Interfaces": "lan0", "DiscoveryJitterSec": "100ms"},
                  "Onboarding": {"ResetDelaySec": "300ms"}, "TPM": {"Tcti": tcti},
                  "Storage": {"Directory": self.state},
                  "DBus": {"Bus": bus.address if bus else f"unix:path={directory / 'no-bus'}"}}
        for key, value in settings.items():
            section, name = key.split("_", 1)
            values.setdefault(section, {})[name] = value
        self.config.write_text("".join(f"[{section}]\n" + "".join(f"{k}={v}\n" for k, v in entries.items())
                                       for section, entries in values.items()))
        self.process = None
        self.start()

    def start(self, wait=True):
        before = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, *os.environ.get("OCFSECD_WRAP", "").split(),
                 str(self.build / "ocfsecd"), "--config", str(self.config)], stdout=log, stderr=log)
        if wait:
            wait_for(lambda: self.process.poll() is not None or b" serves " in self.log.read_bytes()[before:],
                     "the daemon's start", 20)

    def said(self):
        return self.log.read_text(errors="replace")

    def kill(self):
        self.process.kill()
        return self.process.wait()

    def stop(self):
        """Its exit status after SIGTERM."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=30)

    def restart(self):
        self.kill()
        self.start()

    end = stop


class Obt:
    """ocf-obt with a home of its own."""

    wait = "1"  # seconds for answers to multicast; our own devices do not delay them on the stage

    def __init__(self, build, home, namespace):
        self.program, self.home, self.namespace = build / "tools/obt/ocf-obt", home, namespace

    def __call__(self, *arguments, expect=0):
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, self.program, "--home", self.home, "--interface", "lan0", "--wait", self.wait,
             "--yes", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)
        if expect is not None and done.returncode != expect:
            raise GaveUp(f"ocf-obt {' '.join(map(str, arguments))} ended with {done.returncode}, not {expect}: "
                         f"{done.stdout}{done.stderr}")
        return done

    def json(self, *arguments, expect=0):
        return json.loads(self("--json", *arguments, expect=expect).stdout)

    def owned(self):
        """UUIDs of the devices this tool has subjects of."""
        return sorted(path.name for path in (self.home / "subjects").glob("*-*"))


class Ctl:
    """ocfctl on the stage's bus."""

    def __init__(self, build, bus):
        self.command = [str(build / "tools/ocfctl/ocfctl"), "--bus", bus.address]

    def __call__(self, *arguments, expect=0):
        done = subprocess.run([*self.command, *map(str, arguments)], capture_output=True, text=True, check=False,
                              timeout=60, stdin=subprocess.DEVNULL)
        if done.returncode != expect:
            raise GaveUp(f"ocfctl {' '.join(map(str, arguments))} ended with {done.returncode}, not {expect}: "
                         f"{done.stdout}{done.stderr}")
        return done

    def json(self, *arguments):
        return json.loads(self("--json", *arguments).stdout)

    @contextlib.contextmanager
    def open(self, *arguments):
        """The running program; it is ended with the context."""
        process = subprocess.Popen([*self.command, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


class Ca:
    """A maker's root and the leaves it issues (facts 6.4), by the openssl command line."""

    def __init__(self, directory):
        self.directory = directory / "ca"
        self.directory.mkdir(mode=0o700)
        self.root, self.key = self._key("root", "/O=Maker/CN=Maker Root", "-x509", "-days", 3650,
                                        "-addext", "basicConstraints=critical,CA:TRUE,pathlen:1",
                                        "-addext", "keyUsage=critical,keyCertSign,cRLSign"), self.directory / "root.key"

    def _key(self, name, subject, *options):
        out = self.directory / f"{name}.pem"
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256", "-subj",
            subject, "-keyout", self.directory / f"{name}.key", "-out", out, *options, stderr=subprocess.DEVNULL)
        return out

    def sign(self, request):
        """The chain for a certificate request: leaf and root."""
        out = self.directory / f"chain{next(_numbers)}.pem"
        extensions = self.directory / "leaf.cnf"
        extensions.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyAgreement\n"
                              "extendedKeyUsage=serverAuth,clientAuth,1.3.6.1.4.1.44924.1.6\n")
        run("openssl", "x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.key, "-CAcreateserial", "-days", 365,
            "-sha256", "-extfile", extensions, "-out", out, stderr=subprocess.DEVNULL)
        out.write_text(out.read_text() + self.root.read_text())
        return out

    def key_and_chain(self):
        request = self._key("leaf", "/O=Maker/CN=Imported gateway")
        return self.directory / "leaf.key", self.sign(request)


class Stage:
    """Everything of one test, one device unless more are asked for. Use as a context."""

    def __init__(self, build, devices=1, bus=True, **settings):
        self.build = pathlib.Path(build)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="ocfsecd-test-"))
        self.parts, self.daemons, self.tpms = [], [], []
        self.bus = self.net = None
        try:
            self.net = Namespaces(devices)
            if bus:
                self.bus = Bus(self.directory)
                self.parts.append(self.bus)
            for n, namespace in enumerate(self.net.devices):
                place = self.directory / f"device{n}"
                place.mkdir(mode=0o700)
                tpm = Tpm(place)
                self.parts.append(tpm)
                self.tpms.append(tpm)
                daemon = Daemon(self.build, place, namespace, tpm.tcti, self.bus if n == 0 else None,
                                **{"Device_Name": f"Gateway {n}", **settings})
                self.parts.append(daemon)
                self.daemons.append(daemon)
        except BaseException:
            self.end()
            raise

    @property
    def daemon(self):
        return self.daemons[0]

    @property
    def tpm(self):
        return self.tpms[0]

    @property
    def ctl(self):
        return Ctl(self.build, self.bus)

    def obt(self, name="dots"):
        return Obt(self.build, self.directory / name, self.net.client)

    def owned(self):
        """The tool that owns the device, and the device's UUID."""
        self.until("OnboardingState", "rfotm")
        obt = self.obt()
        obt("own", "--operational")
        return obt, obt.owned()[0]

    def is_(self, name, value):
        return self.bus.get(name) == value

    def until(self, name, value, patience=10):
        wait_for(lambda: self.is_(name, value), f"{name} = {value}", patience)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None and self.daemons:
            print("".join(f"# daemon: {line}\n" for line in self.daemon.said().splitlines()[-15:]), flush=True)
        self.end()

    def end(self):
        for part in reversed(self.parts):
            try:
                part.end()
            except subprocess.TimeoutExpired:
                part.kill()
        if self.net:
            self.net.remove()
        shutil.rmtree(self.directory, ignore_errors=True)


def main(build, tests):
    """Runs test functions, named by their names, as a TAP stream; `only` names on the command line choose."""
    import sys
    chosen = [test for test in tests if not sys.argv[2:] or test.__name__ in sys.argv[2:]]
    if os.geteuid() != 0:
        print("1..0 # SKIP network namespaces need root")
        return 0
    print(f"1..{len(chosen)}")
    failed = 0
    for number, test in enumerate(chosen, 1):
        begun = time.monotonic()
        try:
            test(build)
        except Exception as error:  # a test's failure, whatever it is
            failed += 1
            print("".join(f"# {line}\n" for line in f"{type(error).__name__}: {error}".splitlines()), end="")
            print(f"not ok {number} - {test.__name__}", flush=True)
        else:
            print(f"ok {number} - {test.__name__} # {time.monotonic() - begun:.1f} s", flush=True)
    return 1 if failed else 0


def has_key(directory, key):
    """Files below that hold these octets, raw, hexadecimal or base64."""
    import base64
    forms = [key, key.hex().encode(), key.hex().upper().encode(), base64.b64encode(key).rstrip(b"=")]
    return [path for path in pathlib.Path(directory).rglob("*")
            if path.is_file() and any(form in path.read_bytes() for form in forms)]


def uuid_in(text):
    found = re.search(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)
    return found.group(0) if found else None

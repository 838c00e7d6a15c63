"""The IoTivity-Lite onboarding tool on a terminal of its own, and the stage it plays on."""
import os
import pty
import re
import select
import signal
import subprocess
import time

from stage import GaveUp, Stage, wait_for

DISCOVERY_JITTER = 0.1  # seconds; as the stage configures it
JUST_WORKS, RANDOM_PIN, MANUFACTURER_CERTIFICATE = "8", "10", "11"


class Refused(Exception):
    """A step did not end as it must."""


class ToolDied(Exception):
    """The reference tool ended by itself, or what it made is of no use to anybody."""


class Tool:
    """The menu-driven reference tool on a terminal of its own. Its state is in its directory."""

    def __init__(self, program, directory, namespace, transcript):
        (directory / "onboarding_tool_creds").mkdir(parents=True, exist_ok=True)
        (directory / "pki_certs").mkdir(exist_ok=True)
        self.transcript = transcript
        self.seen = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvp("ip", ["ip", "netns", "exec", namespace, program])

    def __enter__(self):
        self.expect(r"Select option", 15)
        return self

    def __exit__(self, *_):
        if self.pid:
            self.type("99")
            try:
                deadline = time.monotonic() + 3
                while time.monotonic() < deadline:
                    self.read(0.05)
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except ToolDied:
                pass  # it was told to
        os.close(self.terminal)

    def type(self, *lines):
        for line in lines:
            try:
                os.write(self.terminal, f"{line}\n".encode())
            except OSError:
                return  # it died; reading tells how

    def read(self, patience):
        if select.select([self.terminal], [], [], patience)[0]:
            try:
                text = os.read(self.terminal, 65536).decode(errors="replace")
            except OSError:  # nobody is at the other end any more
                status, self.pid = os.waitpid(self.pid, 0)[1], 0
                end = os.waitstatus_to_exitcode(status)
                raise ToolDied(f"ended with {signal.Signals(-end).name if end < 0 else end}") from None
            self.transcript.write(text)
            self.seen += text
            return text
        return None

    def expect(self, pattern, patience=10, forbidden=r"ERROR (?!: Invalid)"):
        """The first match; what was seen up to it is spent."""
        deadline = time.monotonic() + patience
        while True:
            found = re.search(pattern, self.seen)
            bad = re.search(forbidden, self.seen) if forbidden else None
            if found and (not bad or found.start() < bad.start()):
                self.seen = self.seen[found.end():]
                return found
            if bad:
                raise Refused(f"the tool says: {self.seen[bad.start():bad.start() + 200].splitlines()[0]}")
            left = deadline - time.monotonic()
            if left <= 0:
                raise Refused(f"waited {patience} s in vain for: {pattern}")
            self.read(left)

    def act(self, lines, pattern, patience=10, **forbidden):
        self.seen = ""
        self.type(*lines)
        return self.expect(pattern, patience, **forbidden)

    def discover(self, menu, kind, uuid=None):
        """One multicast per menu choice: asked again until the device answers and its name is known."""
        for _ in range(5):
            try:
                found = self.act([menu], rf"Discovered {kind} device: ({uuid or '[0-9a-f-]{36}'})", 4)
                break
            except Refused:
                continue
        else:
            raise Refused(f"no {kind} device discovered; at the last try the tool said: {self.seen!r}")
        # The same device answers over IPv4 and IPv6; the tool loses its way (or its heap) when told to act in between.
        while self.read(5 * DISCOVERY_JITTER) is not None:
            pass
        list_menu = {"1": "8", "4": "15"}[menu]
        wait_for(lambda: self.listed(list_menu, found.group(1)) is not None, f"the {kind} device's name", 6)
        return found.group(1)

    def listed(self, menu, uuid):
        self.seen = ""
        self.type(menu, "-1")
        for _ in range(20):
            self.read(0.1)
            if line := re.search(rf"\[(\d+)\]: {uuid}", self.seen):
                self.expect(r"Invalid selection", 5, None)
                return line.group(1)
            if "Please Re-" in self.seen:
                return None
        return None

    def owned_place(self, uuid):
        """The tool drops a device from its list while it looks at the second copy (IPv4, IPv6) of its answer."""
        for _ in range(4):
            if (place := self.listed("15", uuid)) is not None:
                return place
            self.discover("4", "owned", uuid)
        raise Refused(f"{uuid} is not in the list of owned devices")

    def own(self, uuid, method=JUST_WORKS, *answers):
        return self.act([method, self.listed("8", uuid), *answers],
                        r"Successfully performed OTM on device (?:with UUID )?([0-9a-f-]{36})", 20).group(1)

    def on(self, menu, uuid, answers, pattern, patience=15):
        return self.act([menu, self.owned_place(uuid), *answers], pattern, patience)


class Scene(Stage):
    """A stage with the reference tool in the clients' namespace."""

    def __init__(self, program, build, devices=1, bus=False, **settings):
        super().__init__(build, devices, bus, **settings)
        self.program = program
        self.transcript = open(self.directory / "tool.log", "a", encoding="utf-8")

    def tool(self):
        return Tool(self.program, self.directory / "tool", self.net.client, self.transcript)

    def last_words(self):
        self.transcript.flush()
        said = [*(self.directory / "tool.log").read_text(errors="replace").splitlines()[-25:],
                *(line for daemon in self.daemons for line in daemon.said().splitlines()[-25:])]
        return "".join(f"      {line}\n" for line in said)

    def ocfctl(self, *arguments):
        """What an administrator of the device gets to read."""
        return subprocess.run([self.build / "tools/ocfctl/ocfctl", "--bus", self.bus.address, *map(str, arguments)], check=True,
                              capture_output=True, text=True, timeout=30).stdout


class PinReader:
    """Somebody at the device who reads PINs off `ocfctl pin --wait`."""

    def __init__(self, stage):
        self.process = subprocess.Popen([stage.build / "tools/ocfctl/ocfctl", "--bus", stage.bus.address, "pin", "--wait"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._read(self.process.stderr, r"can be owned by Random PIN", "the offer of the Random PIN method")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    @staticmethod
    def _read(stream, pattern, what, patience=15):
        said, deadline = "", time.monotonic() + patience
        while not (found := re.search(pattern, said)):
            if not select.select([stream], [], [], max(0, deadline - time.monotonic()))[0] or not (
                    octets := os.read(stream.fileno(), 4096)):
                raise GaveUp(f"waited {patience} s in vain for {what}; ocfctl says: {said}")
            said += octets.decode()
        return found

    def pin(self):
        return self._read(self.process.stdout, r"PIN (\S+)", "a PIN").group(1)

    def void(self):
        self._read(self.process.stdout, r"the PIN is void", "the end of a PIN")

    def used(self):
        """It ends by itself once a tool has tried the PIN."""
        if (end := self.process.wait(15)) != 0:
            raise Refused(f"ocfctl pin ended with {end}")

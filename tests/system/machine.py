"""A Debian system booted in a container, in a network namespace of its own."""
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from stage import GaveUp, wait_for  # noqa: E402

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
               "DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_PAGER": "", "TERM": "dumb", "HOME": "/root"}


def own_cgroup(name):
    """A control group for one container: two in the same one collide. Both layouts of /sys/fs/cgroup."""
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        root = {"name=systemd": "/sys/fs/cgroup/systemd", "": "/sys/fs/cgroup"}.get(controllers)
        if root and (pathlib.Path(root) / "cgroup.procs").exists():
            group = pathlib.Path(root) / path.lstrip("/") / name
            if number == "0":  # cgroup 2: processes live in leaves only
                group = pathlib.Path(root) / name
            group.mkdir(exist_ok=True)
            return group
    return None


class Machine:
    def __init__(self, root, namespace, log):
        self.root, self.namespace, self.log = pathlib.Path(root), namespace, pathlib.Path(log)
        self.name = f"ocfsecd-{os.getpid()}"
        self.group = None
        self.process = self.leader = None

    def boot(self):
        self.group = own_cgroup(self.name)

        def enter():
            if self.group:
                (self.group / "cgroup.procs").write_text(str(os.getpid()))

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--machine", self.name, "--directory", self.root, "--boot", "--register=no",
                 "--keep-unit", "--console=pipe", f"--network-namespace-path=/run/netns/{self.namespace}",
                 "--system-call-filter=@memlock"],  # the agent locks its secrets into memory
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=enter)
        self.leader = int(wait_for(self._leader, "the container's first process", 30))
        wait_for(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip() in {"running", "degraded"},
                 "the container to have booted", 120)

    def _leader(self):
        if self.process.poll() is not None:
            raise GaveUp(f"systemd-nspawn ended: {self.log.read_text(errors='replace')[-2000:]}")
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            if pathlib.Path(f"/proc/{child}/comm").read_text().strip() in {"systemd", "init"}:
                return child
        return None

    def run(self, *command, check=True, timeout=120):
        """A command inside, as root."""
        done = subprocess.run(["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", "--",
                               *map(str, command)], env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", check=False, timeout=timeout)
        if check and done.returncode != 0:
            raise GaveUp(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def says(self, *command):
        return self.run(*command).stdout.strip()

    def halt(self):
        """An orderly shutdown."""
        if self.process and self.process.poll() is None:
            os.kill(self.leader, signal.SIGRTMIN + 4)  # what systemd takes as "poweroff"; SIGKILL would leave mounts behind
            self.process.wait(timeout=120)
        self.process = None

    def end(self):
        try:
            self.halt()
        finally:
            if self.group:
                for group in sorted((path.parent for path in self.group.rglob("cgroup.procs")), reverse=True):
                    try:
                        group.rmdir()
                    except OSError:
                        pass

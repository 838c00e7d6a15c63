#!/usr/bin/env python3
"""The Debian packages on a kernel of their own, with the kernel's TPM driver and resource manager (/dev/tpmrm0) and the
control groups that a container does not enforce: Debian 12 under QEMU, an emulated TPM behind it, all as configured by default.

  virtual_machine.py PACKAGES RESULTS.xml [--keep]

PACKAGES is a directory with the .deb files. --keep leaves the image where it says. Needs root.
"""
import base64
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE))
from checks import Checks, demand  # noqa: E402
from stage import GaveUp, wait_for  # noqa: E402

# dpkg installs ours in the tree, so what they need is there before.
TREE = ("systemd-sysv,dbus,udev,procps,iproute2,jq,linux-image-cloud-amd64,initramfs-tools,libsdbus-c++1,libcbor0.8,libinih1,libical3,"
        "libgnutls30,libtss2-esys-3.0.2-0,libtss2-tctildr0,libtss2-rc0,libtss2-mu0,libtss2-tcti-device0,libfmt9,libhogweed6,libgmp10")
# A root shell for the test, on the second serial port.
SHELL = """[Unit]
Description=Shell of the test
[Service]
ExecStart=/bin/sh -c 'stty -F /dev/ttyS1 raw -echo; exec sh </dev/ttyS1 >/dev/ttyS1 2>/dev/null'
KillSignal=SIGKILL
[Install]
WantedBy=multi-user.target
"""
# The neighbour with the onboarding tool is a network namespace of the machine itself; lan0 is the gateway's end of the cable.
NETWORK = """[Unit]
Description=A cable to a neighbour
Before=ocfsecd.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -ec 'ip netns add client; ip link add lan0 type veth peer name lan0 netns client; \\
    ip address add 192.0.2.11/24 dev lan0; ip link set lan0 up; ip -n client address add 192.0.2.1/24 dev lan0; \\
    ip -n client link set lo up; ip -n client link set lan0 up'
[Install]
WantedBy=multi-user.target
"""
# Only the name of the interface: it has no route, so the agent would find it by itself, but the test says what it means.
CONFIGURATION = "[Network]\nInterfaces=lan0\nDiscoveryJitterSec=100ms\n"


class VirtualMachine:
    """Boots, runs commands, is shut down or has its power cut; the TPM's state stays, as a chip's does."""

    def __init__(self, directory, image, kernel, initrd):
        self.directory, self.image, self.kernel, self.initrd = directory, image, kernel, initrd
        (directory / "tpm").mkdir()
        self.qemu = self.tpm = self.shell = None
        self.boots = self.commands = 0

    def boot(self):
        self.boots += 1
        control, shell = self.directory / f"tpm{self.boots}", self.directory / f"shell{self.boots}"
        self.tpm = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.directory / 'tpm'}", "--ctrl",
                                     f"type=unixio,path={control}"], stdout=subprocess.DEVNULL)
        wait_for(control.exists, "the software TPM")
        self.qemu = subprocess.Popen(
            ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024",
             "-display", "none", "-nodefaults", "-no-reboot", "-kernel", self.kernel, "-initrd", self.initrd,
             "-append", "root=/dev/vda rw console=ttyS0 net.ifnames=0 systemd.show_status=0",
             "-drive", f"file={self.image},format=raw,if=virtio,cache=unsafe",
             "-chardev", f"socket,id=tpm,path={control}", "-tpmdev", "emulator,id=tpm0,chardev=tpm",
             "-device", "tpm-crb,tpmdev=tpm0", "-serial", f"file:{self.directory / 'console'}",
             "-serial", f"unix:{shell},server=on,wait=off"], stdin=subprocess.DEVNULL)
        wait_for(shell.exists, "QEMU")
        self.shell = socket.socket(socket.AF_UNIX)
        self.shell.connect(str(shell))
        deadline = time.monotonic() + 300
        while True:  # what is typed before the shell is there is lost
            try:
                self.run("true", timeout=5)
                break
            except GaveUp:
                demand(self.qemu.poll() is None, "QEMU has ended")
                demand(time.monotonic() < deadline, "no shell in the machine")
        self.run("systemctl is-system-running --wait", check=False, timeout=300)

    def run(self, command, check=True, timeout=120):
        self.commands += 1
        end = f"end-of-command-{self.commands}"
        self.shell.sendall((f"{{ {command}\n}} >/tmp/said 2>&1 </dev/null; code=$?; base64 -w0 /tmp/said; "
                            f"echo \" $code {end}\"\n").encode())
        self.shell.settimeout(timeout)
        seen = b""
        try:
            while end.encode() not in seen:
                more = self.shell.recv(65536)
                demand(more, "the machine is gone")
                seen += more
        except TimeoutError as late:
            raise GaveUp(f"waited {timeout} s in vain for: {command}") from late
        said, code = re.search(rf"(\S*) (\d+) {end}", seen.decode(errors="replace")).groups()
        text = base64.b64decode(said).decode(errors="replace").strip()
        demand(not check or code == "0", f"{command} ended with {code}: {text}")
        return text

    def until(self, command, wanted, patience=90):
        wait_for(lambda: self.run(command, check=False) == wanted, f"{command} to say {wanted}", patience)

    def halt(self):
        self.shell.sendall(b"systemctl poweroff\n")
        self.qemu.wait(timeout=180)
        self._gone()

    def cut_power(self):
        self.qemu.kill()
        self.qemu.wait()
        self._gone()

    def _gone(self):
        self.shell.close()
        self.tpm.terminate()
        self.tpm.wait()
        self.qemu = None

    def end(self):
        if self.qemu:
            self.cut_power()


def build_image(packages, directory):
    """A disk with the packages installed; kernel and initial RAM disk beside it."""
    tree = directory / "tree"
    subprocess.run([HERE / "tree.sh", "bookworm", tree, TREE], check=True)
    ours = [p for p in sorted(pathlib.Path(packages).glob("*.deb")) if "dbgsym" not in p.name]
    demand(len(ours) == 2, f"two packages in {packages}")
    for package in ours:
        shutil.copy(package, tree / "var/tmp")
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
    inside = [f"/var/tmp/{package.name}" for package in ours]
    subprocess.run(["chroot", tree, "dpkg", "--install", *inside], check=True, env=environment, stdout=subprocess.DEVNULL)
    for name, text in (("test-shell", SHELL), ("test-network", NETWORK)):
        (tree / f"etc/systemd/system/{name}.service").write_text(text)
        subprocess.run(["chroot", tree, "systemctl", "enable", "--quiet", name], check=True, env=environment)
    drop_ins = tree / "etc/ocfsecd/ocfsecd.conf.d"
    drop_ins.mkdir(parents=True, exist_ok=True)
    (drop_ins / "trial.conf").write_text(CONFIGURATION)
    kernel, initrd = (next((tree / "boot").glob(f"{name}-*")) for name in ("vmlinuz", "initrd.img"))
    shutil.copy(kernel, directory / "kernel")
    shutil.copy(initrd, directory / "initrd")
    image = directory / "disk"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", tree, image, "2G"], check=True)
    shutil.rmtree(tree)
    return image


DEVICES = ["/dev/tpmrm0", "/dev/null", "/dev/vda", "/dev/kmsg"]
DEVICE = "org.ocfsecd1 /org/ocfsecd1/device/0 org.ocfsecd1.Device"
OBT = "ip netns exec client ocf-obt --home /root/dots --interface lan0 --wait 2 --yes"


def state_is(machine, state):
    machine.until(f"busctl get-property {DEVICE} OnboardingState", f's "{state}"')


def is_verified(machine):
    machine.run(f"{OBT} verify $(busctl get-property {DEVICE} DeviceId | cut -d'\"' -f2)")


def opens_the_chip(machine):
    """with nothing configured but the interface, the service opens /dev/tpmrm0 as its own user"""
    state_is(machine, "rfotm")
    opened = machine.run("ls -l /proc/$(systemctl show -P MainPID ocfsecd)/fd")
    demand("/dev/tpmrm0" in opened, opened)
    demand(machine.run("ps -o user= -p $(systemctl show -P MainPID ocfsecd)").strip() == "ocfsecd", "another user")
    demand(json.loads(machine.run("ocfctl status --json"))["tpm"]["state"] == "ok", machine.run("ocfctl status"))


def is_held_to_its_devices(machine):
    """the control group lets its processes open the TPM and no other device"""
    group = machine.run("systemctl show -P ControlGroup ocfsecd")
    probe = (f"sh -c 'echo $$ >/sys/fs/cgroup{group}/cgroup.procs && "
             f"for device in {' '.join(DEVICES)}; do (: <$device) 2>/dev/null && echo $device; done'")
    opened = machine.run(probe, check=False).splitlines()
    demand(opened == ["/dev/tpmrm0", "/dev/null"], str(opened))


def is_owned(machine):
    """a neighbour owns it: the owner credential is sealed by the chip behind the kernel's resource manager"""
    machine.run(f"{OBT} own --operational", timeout=180)
    state_is(machine, "rfnop")
    demand("sealed in the TPM" in machine.run("ocfctl status"), machine.run("ocfctl status"))
    is_verified(machine)


def opens_them_again(machine):
    """restarted, the service opens its sealed objects through the resource manager again"""
    machine.run("systemctl restart ocfsecd")
    state_is(machine, "rfnop")
    is_verified(machine)


def survives_a_reboot(machine):
    """after an orderly reboot it comes up owned"""
    machine.halt()
    machine.boot()
    state_is(machine, "rfnop")
    is_verified(machine)


def survives_power_loss(machine):
    """after the power was cut in the middle of work it comes up owned"""
    machine.cut_power()
    machine.boot()
    state_is(machine, "rfnop")
    is_verified(machine)


def resets(machine):
    """ocfctl reset makes it unowned, and it can be owned again"""
    machine.run("ocfctl reset --yes")
    state_is(machine, "rfotm")
    machine.run(f"{OBT} own", timeout=180)
    state_is(machine, "rfpro")


STEPS = [opens_the_chip, is_held_to_its_devices, is_owned, opens_them_again, survives_a_reboot, survives_power_loss, resets]


def main(packages, results, keep):
    checks = Checks("system-virtual-machine")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="ocfsecd-vm-", dir=os.environ.get("TMPDIR", "/var/tmp")))
    machine = None
    try:
        image = build_image(packages, directory)
        machine = VirtualMachine(directory, image, directory / "kernel", directory / "initrd")
        machine.boot()
        for step in STEPS:
            checks.run(step, machine)
        if checks.failed:
            for line in machine.run("journalctl --unit=ocfsecd --no-hostname --lines=40", check=False).splitlines():
                print(f"# {line}")
    finally:
        if machine:
            machine.end()
        if keep:
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
        checks.write(results)
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--keep" in sys.argv[3:]))

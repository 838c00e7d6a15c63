"""Stands between a daemon and its software TPM: counts commands and the time the TPM takes for each."""
import collections
import socket
import struct
import threading
import time

HEADER = 10  # tag, size, code: TPM 2.0 part 1, 18
NAMES = {0x11F: "NV_UndefineSpaceSpecial", 0x120: "EvictControl", 0x122: "NV_UndefineSpace", 0x12A: "NV_DefineSpace",
         0x131: "CreatePrimary", 0x134: "NV_Increment", 0x137: "NV_Write", 0x149: "PolicyNV", 0x14E: "NV_Read",
         0x153: "Create", 0x157: "Load", 0x15E: "Unseal", 0x165: "FlushContext", 0x169: "NV_ReadPublic",
         0x173: "ReadPublic", 0x176: "StartAuthSession", 0x17A: "GetCapability", 0x17B: "GetRandom"}
NV_WRITES = {"NV_DefineSpace", "NV_UndefineSpace", "NV_UndefineSpaceSpecial", "NV_Increment", "NV_Write", "EvictControl"}


class TpmWatch:
    def __init__(self, tpm_socket, path):
        self.tpm_socket = str(tpm_socket)
        self.path = str(path)
        self.lock = threading.Lock()
        self.reset()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(4)
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self):
        with self.lock:
            self.counts, self.seconds = collections.Counter(), 0.0
            self.by_name = collections.Counter()
            self.first = self.last = None

    def report(self):
        with self.lock:
            return {"tpm_commands": sum(self.counts.values()), "tpm_ms": round(1000 * self.seconds, 3),
                    "tpm_span_ms": round(1000 * (self.last - self.first), 3) if self.first else 0,
                    "nv_writes": sum(count for name, count in self.counts.items() if name in NV_WRITES),
                    "by_command": {name: {"count": count, "ms": round(1000 * self.by_name[name], 3)}
                                   for name, count in sorted(self.counts.items())}}

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.tpm_socket)
            threading.Thread(target=self._serve, args=(near, far), daemon=True).start()

    def _serve(self, near, far):
        with near, far:
            try:
                while command := _message(near):
                    began = time.monotonic()
                    far.sendall(command)
                    response = _message(far)
                    ended = time.monotonic()
                    code = struct.unpack(">I", command[6:HEADER])[0]
                    name = NAMES.get(code, hex(code))
                    with self.lock:
                        self.counts[name] += 1
                        self.by_name[name] += ended - began
                        self.seconds += ended - began
                        self.first = self.first or began
                        self.last = ended
                    near.sendall(response)
            except OSError:
                pass


def _message(stream):
    head = _exactly(stream, HEADER)
    return head and head + _exactly(stream, struct.unpack(">I", head[2:6])[0] - HEADER)


def _exactly(stream, size):
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            return b""
        data += part
    return data

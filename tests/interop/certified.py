"""Certificates and sessions made by OpenSSL: the tool's own certificate authority, a gateway's maker, a client with a certificate."""
import os
import re
import select
import subprocess
import time

import coap
from stage import GaveUp, run
from tool import ToolDied

IDENTITY, ROLE = "1.3.6.1.4.1.44924.1.6", "1.3.6.1.4.1.44924.1.7"
END_ENTITY = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyAgreement\n"
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
INTERMEDIATE = AUTHORITY.replace("CA:TRUE", "CA:TRUE,pathlen:0")


def openssl(*arguments):
    run("openssl", *arguments, stderr=subprocess.DEVNULL)


class Holder:
    """A P-256 key and, once issued, its certificate, in files named after it."""

    def __init__(self, directory, name, key=None):
        self.key, self.certificate = directory / f"{name}.key", directory / f"{name}.pem"
        if key:
            openssl("pkey", "-inform", "DER", "-in", key, "-out", self.key)
        else:
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.key)

    def sign(self, request, certificate, extensions):
        """Makes a certificate, valid for a day, out of a request."""
        (text := certificate.with_suffix(".ext")).write_text(extensions)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-set_serial",
                int.from_bytes(os.urandom(8), "big") | 1, "-days", 1, "-sha256", "-extfile", text, "-out", certificate)

    def request(self, subject):
        openssl("req", "-new", "-key", self.key, "-subj", subject, "-out", path := self.key.with_suffix(".csr"))
        return path

    def sign_itself(self, subject):
        (text := self.key.with_suffix(".ext")).write_text(AUTHORITY)
        openssl("x509", "-req", "-in", self.request(subject), "-signkey", self.key, "-days", 1, "-sha256", "-extfile",
                text, "-out", self.certificate)


def identity_of(uuid):
    return f"/CN=uuid:{uuid}", END_ENTITY + f"extendedKeyUsage=serverAuth,clientAuth,{IDENTITY}\n"


def role_of(role):
    return END_ENTITY + (f"extendedKeyUsage=serverAuth,clientAuth,{ROLE}\nsubjectAltName=dirName:role\n"
                         f"[role]\nCN={role}\n")


def tool_authority(stage):
    """The tool's certificate authority, taken out of the tool's own storage."""
    storage = stage.directory / "tool/onboarding_tool_creds"
    state = (storage / "obt_state").read_bytes()
    at = state.index(bytes.fromhex("30770201010420"))
    (key := stage.directory / "authority.der").write_bytes(state[at:at + 0x79])
    authority = Holder(stage.directory, "authority", key)
    authority.certificate.write_bytes(re.search(rb"-----BEGIN CERTIFICATE-----[^\0]+?-----END CERTIFICATE-----\n",
                                                (storage / "cred_0").read_bytes()).group(0))
    return authority


class Session:
    """A DTLS session of `openssl s_client` with a device, both sides with certificates; CoAP goes through it."""

    def __init__(self, stage, holder, root, port, address="192.0.2.11", options=()):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", stage.net.client, "openssl", "s_client", "-dtls1_2", "-brief", "-ign_eof", "-connect",
             f"{address}:{port}", "-cert", holder.certificate, "-key", holder.key, "-CAfile", root, "-verify_return_error",
             "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def peer(self, patience=15):
        """The device's certificate name once both sides have proven who they are; nothing when one of them gave up."""
        said, deadline = "", time.monotonic() + patience
        while time.monotonic() < deadline:
            if not select.select([self.process.stderr], [], [], deadline - time.monotonic())[0]:
                break
            text = os.read(self.process.stderr.fileno(), 65536).decode(errors="replace")
            said += text
            # The device judges the client's certificate before its Finished, so an established session is a mutual one.
            if (name := re.search(r"Peer certificate: (.*)", said)) and "Verification: OK" in said:
                return name.group(1)
            # The tool's serials are 20 random octets as they fall: one in 512 begins with a zero that DER has no room for.
            if "illegal padding" in said:
                raise ToolDied(f"OpenSSL does not take the certificate it issued: {said}")
            if not text:
                return None
        raise GaveUp(f"no session after {patience} s: {said}")

    def ask(self, *request):
        """The answer to a request, whole."""
        return coap.whole(self._exchange, *request)

    def _exchange(self, octets, patience=15):
        self.process.stdin.write(octets)
        token, deadline = octets[4:12], time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0 and select.select([self.process.stdout], [], [], left)[0]:
            said = os.read(self.process.stdout.fileno(), 65536)
            if not said:
                break
            if len(said) >= 4 and said[1] and (answer := coap.Response(said)).token == token:
                return answer
        raise GaveUp(f"no answer in the certified session within {patience} s")


CLEAR = """import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2); s.connect(("192.0.2.11", 5683))
for line in sys.stdin:
    for _ in range(5):
        s.send(bytes.fromhex(line))
        try: print(s.recv(65536).hex(), flush=True); break
        except TimeoutError: pass
"""


def in_clear(stage, href):
    """The answer to a GET without a session, whole."""
    with subprocess.Popen(["ip", "netns", "exec", stage.net.client, "python3", "-c", CLEAR], text=True, bufsize=1,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        def exchange(octets):
            client.stdin.write(octets.hex() + "\n")
            if not select.select([client.stdout], [], [], 15)[0]:
                client.kill()
                raise GaveUp(f"no answer in clear to {href}")
            return coap.Response(bytes.fromhex(client.stdout.readline()))
        return coap.whole(exchange, coap.GET, href)


def secure_port(stage):
    """Where the device's DTLS is, as it tells in /oic/res."""
    found = re.search(rb"coaps://192\.0\.2\.11:(\d+)", in_clear(stage, "/oic/res").payload)
    if not found:
        raise GaveUp("/oic/res names no coaps endpoint")
    return int(found.group(1))

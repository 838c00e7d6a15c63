"""What is done with the reference tool. A case gets its stage, and passes when it returns."""
import coap
from certified import INTERMEDIATE, Holder, Session, identity_of, in_clear, role_of, secure_port, tool_authority
from tool import MANUFACTURER_CERTIFICATE, RANDOM_PIN, PinReader, Refused

ACE = r"Successfully provisioned ACE to device"
CRED = r"/oic/sec/cred:[\s\S]*?subjectuuid[\s\S]*?####"
ACL2 = r"/oic/sec/acl2:[\s\S]*?aceid[\s\S]*?####"
RESET = r"Successfully performed hard RESET to device"
STRANGER = "0b5e55ed-0000-4000-8000-00000000c0de"  # a client that no device knows but by its certificates


def own_anew(stage, tool):
    """An unowned device that was killed comes back and is owned."""
    stage.daemon.restart()
    uuid = tool.own(tool.discover("1", "unowned"))
    tool.discover("4", "owned", uuid)
    return uuid


def reset(tool, uuid):
    tool.on("97", uuid, [], RESET)
    again = tool.discover("1", "unowned")
    if again == uuid:
        raise Refused("the device kept its UUID over RESET")
    return again


def give_up(stage, uuid):
    """A new process of the tool still is the owner, and resets the device."""
    with stage.tool() as tool:
        tool.discover("4", "owned", uuid)
        tool.on("15", uuid, [], CRED)
        reset(tool, uuid)


def demand(truth, what):
    if not truth:
        raise Refused(what)


def whole_life(stage):
    """discover, own by Just Works, discover as owner, retrieve cred and acl2, two ACEs, reset, gone."""
    with stage.tool() as tool:
        first = tool.discover("1", "unowned")
        uuid = tool.own(first)
        tool.discover("4", "owned", uuid)
        tool.on("15", uuid, [], CRED)
        tool.on("17", uuid, [], ACL2)
        tool.on("13", uuid, ["1", "1", "1", "/light", "0", "1", "1", "0", "0"], ACE)
        tool.on("14", uuid, [], r"Successfully provisioned auth-crypt \* ACE to device")
        tool.on("17", uuid, [], ACL2)
        demand(reset(tool, uuid) != first, "the device has its first UUID again after RESET")


def restarts(stage):
    """a killed unowned daemon; own; a new process of the tool, a killed owned daemon: the Owner Credential opens a session each
    time; reset; killed once more, and owned again."""
    with stage.tool() as tool:
        uuid = own_anew(stage, tool)
    with stage.tool() as tool:
        tool.discover("4", "owned", uuid)
        tool.on("15", uuid, [], CRED)
    stage.daemon.restart()
    give_up(stage, uuid)
    with stage.tool() as tool:
        tool.on("15", own_anew(stage, tool), [], CRED)


def pairwise(stage):
    """own two devices and give them a key for each other."""
    with stage.tool() as tool:
        owned = _own_all(stage, tool)
        places = [tool.owned_place(uuid) for uuid in owned]
        tool.act(["12", *places], r"Successfully provisioned pairwise credentials", 30)
        _each_knows_the_other(tool, owned)


def pairwise_oscore(stage):
    """own two devices and give them an OSCORE context for each other, which is kept."""
    with stage.tool() as tool:
        owned = _own_all(stage, tool)
        places = [tool.owned_place(uuid) for uuid in owned]
        tool.act(["24", *places], r"Successfully provisioned pairwise OSCORE contexts", 30)
        _each_knows_the_other(tool, owned)


def _own_all(stage, tool):
    owned = [tool.own(tool.discover("1", "unowned")) for _ in stage.daemons]
    for uuid in owned:
        tool.discover("4", "owned", uuid)
    return owned


def _each_knows_the_other(tool, owned):
    for uuid, other in zip(owned, reversed(owned)):
        tool.on("15", uuid, [], rf"/oic/sec/cred:[\s\S]*?{other}[\s\S]*?####")


def _certified_stranger(stage, issuer, name="stranger"):
    client = Holder(stage.directory, name)
    subject, extensions = identity_of(STRANGER)
    issuer.sign(client.request(subject), client.certificate, extensions)
    return client


def identity_certificate(stage):
    """csr, trust anchor, certificate; after a kill OpenSSL, with a certificate of the tool's authority, has a session with the
    device's; with one of another authority it has none; nor has anybody after the reset."""
    with stage.tool() as tool:
        uuid = own_anew(stage, tool)
        tool.on("22", uuid, [], r"Successfully provisioned identity certificate")
        tool.on("15", uuid, [], r"/oic/sec/cred:[\s\S]*?sec\.cred\.trustca[\s\S]*?sec\.cred\.cert\b[\s\S]*?####")
        tool.on("14", uuid, [], r"Successfully provisioned auth-crypt \* ACE to device")
    stage.daemon.restart()
    authority, port = tool_authority(stage), secure_port(stage)
    client = _certified_stranger(stage, authority)
    with Session(stage, client, authority.certificate, port) as session:
        name = session.peer() or ""
        demand(f"uuid:{uuid}" in name, f"the device's certificate is for “{name}”, not for {uuid}")
        demand((code := session.ask(coap.GET, "/oic/p").code) == "2.05", f"GET /oic/p: {code}")
    other = Holder(stage.directory, "other")
    other.sign_itself("/CN=Another authority")
    with Session(stage, _certified_stranger(stage, other, "liar"), authority.certificate, port) as session:
        demand(session.peer() is None, "a client with a certificate of another authority was let in")
    give_up(stage, uuid)
    with Session(stage, client, authority.certificate, secure_port(stage)) as session:
        demand(session.peer() is None, "the identity certificate outlived the reset")


def _assert_role(session, authority, client, role):
    path = client.key.with_suffix(f".{role}")
    authority.sign(client.key.with_suffix(".csr"), path, role_of(role))
    return session.ask(coap.POST, "/oic/sec/roles", coap.cbor({"roles": [
        {"credtype": 8, "credusage": "oic.sec.cred.rolecert",
         "publicdata": {"encoding": "oic.sec.encoding.pem", "data": path.read_text()}}]})).code


def role_certificate(stage):
    """a role certificate for the device, a role ACE on a secure resource: who asserts that very role with a certificate of the
    tool's authority may read it, nobody else; still so after a kill."""
    with stage.tool() as tool:
        uuid = own_anew(stage, tool)
        tool.on("22", uuid, [], r"Successfully provisioned identity certificate")
        tool.on("23", uuid, ["guest", "0", "1", "reader", "1", "Library", "0"], r"Successfully provisioned role certificate")
        tool.on("15", uuid, [], r"/oic/sec/cred:[\s\S]*?sec\.cred\.rolecert[\s\S]*?####")
        tool.on("13", uuid, ["2", "admin", "0", "1", "1", "/oic/sec/sp", "0", "1", "0", "0", "0"], ACE)
        tool.on("21", uuid, ["admin", "0"], r"Successfully provisioned \S+ \* ACE to device")
        tool.on("17", uuid, [], r"/oic/sec/acl2:[\s\S]*?Roleid_role: admin[\s\S]*?####")
    authority = tool_authority(stage)
    client = _certified_stranger(stage, authority)
    for kill in (False, True):
        if kill:
            stage.daemon.restart()
        with Session(stage, client, authority.certificate, secure_port(stage)) as session:
            demand(session.peer(), "no session with certificates")
            for role, before, after in (("guest", "4.01", "4.01"), ("admin", "4.01", "2.05")):
                demand((code := session.ask(coap.GET, "/oic/sec/sp").code) == before, f"sp before role {role}: {code}")
                demand((code := _assert_role(session, authority, client, role)) == "2.04", f"asserting {role}: {code}")
                demand((code := session.ask(coap.GET, "/oic/sec/sp").code) == after, f"sp with role {role}: {code}")
    give_up(stage, uuid)


def _shows(stage, domain):
    return domain.encode() in in_clear(stage, "/oic/res?if=oic.if.baseline").payload


def security_domain(stage):
    """the tool's security domain is in /oic/res of its devices, over a kill, until the reset; a private one is not."""
    with stage.tool() as tool:
        tool.act(["27", "homely", "0"], r"Select option")
        uuid = own_anew(stage, tool)
        demand(_shows(stage, "homely"), "the security domain is not shown")
    stage.daemon.restart()
    demand(_shows(stage, "homely"), "the security domain is not shown after a kill")
    with stage.tool() as tool:
        tool.discover("4", "owned", uuid)
        reset(tool, uuid)
        demand(not _shows(stage, "homely"), "the security domain outlived the reset")
        tool.act(["27", "hidden", "1"], r"Select option")
        uuid = own_anew(stage, tool)
        demand(not _shows(stage, "hidden"), "a private security domain is shown")
        reset(tool, uuid)


def _ask_for_pin(tool, unowned, reader):
    """What somebody reads at the device after the tool has asked it for a PIN."""
    tool.act(["9", tool.listed("8", unowned)], r"Successfully requested device \S+ to generate a Random PIN")
    return reader.pin()


def random_pin(stage):
    """a PIN is read at a device that was killed, and owns it; the Owner Credential holds over a kill; reset."""
    stage.daemon.restart()
    with stage.tool() as tool:
        with PinReader(stage) as reader:
            unowned = tool.discover("1", "unowned")
            uuid = tool.own(unowned, RANDOM_PIN, _ask_for_pin(tool, unowned, reader))
            reader.used()
        tool.discover("4", "owned", uuid)
        tool.on("15", uuid, [], CRED)
    stage.daemon.restart()
    give_up(stage, uuid)


def wrong_pin(stage):
    """a wrong PIN is refused and voids the right one; the device is ready again and another PIN owns it."""
    with stage.tool() as tool, PinReader(stage) as reader:
        unowned = tool.discover("1", "unowned")
        right = _ask_for_pin(tool, unowned, reader)
        wrong = right[:-1] + ("1" if right[-1] == "0" else "0")
        tool.act([RANDOM_PIN, tool.listed("8", unowned), wrong], r"ERROR performing ownership transfer", 60, forbidden=None)
        reader.void()
        stage.until("OnboardingState", "rfotm")
        unowned = tool.discover("1", "unowned")
        pin = _ask_for_pin(tool, unowned, reader)
        demand(pin != right, "the next PIN is the same")
        uuid = tool.own(unowned, RANDOM_PIN, pin)
        reader.used()
        tool.discover("4", "owned", uuid)
        tool.on("15", uuid, [], CRED)
        reset(tool, uuid)


def _maker(stage):
    """A gateway's maker: root and intermediate. The tool trusts the root, and another one."""
    (trusted := stage.directory / "tool/pki_certs").mkdir(parents=True)
    root, below, other = (Holder(stage.directory, name) for name in ("maker", "factory", "another"))
    root.sign_itself("/O=Maker/CN=Root")
    other.sign_itself("/O=Another maker/CN=Root")
    root.sign(below.request("/O=Maker/CN=Factory"), below.certificate, INTERMEDIATE)
    (trusted / "rootca1.pem").write_bytes(root.certificate.read_bytes())
    (trusted / "rootca2.pem").write_bytes(other.certificate.read_bytes())
    return below


def _chain(stage, maker, request):
    """The chain for a gateway's request, in a file."""
    certificate, chain = stage.directory / "gateway.pem", stage.directory / "chain.pem"
    maker.sign(request, certificate, identity_of("")[1])
    chain.write_bytes(certificate.read_bytes() + maker.certificate.read_bytes())
    return chain


def _own_certified(stage):
    """owned with the manufacturer certificate, kept over a kill, given up by a reset."""
    with stage.tool() as tool:
        uuid = tool.own(tool.discover("1", "unowned"), MANUFACTURER_CERTIFICATE)
        tool.discover("4", "owned", uuid)
        tool.on("15", uuid, [], rf"/oic/sec/cred:[\s\S]*?mfgcert[\s\S]*?####")
    stage.daemon.restart()
    give_up(stage, uuid)


def manufacturer_certificate(stage):
    """a key made by the maker is installed, and the device owned by its certificate, over an unowned and an owned kill; again
    after the reset."""
    gateway = Holder(stage.directory, "gateway")
    chain = _chain(stage, _maker(stage), gateway.request("/O=Maker/CN=Gateway 1"))
    stage.ocfctl("mfg", "import", chain, gateway.key)
    for _ in range(2):
        stage.daemon.restart()
        _own_certified(stage)


def manufacturer_key_in_tpm(stage):
    """the same with a key made in the TPM and the maker's answer to its request."""
    (request := stage.directory / "tpm.csr").write_text(stage.ocfctl("mfg", "create"))
    stage.ocfctl("mfg", "chain", _chain(stage, _maker(stage), request))
    stage.daemon.restart()
    _own_certified(stage)


WITH_BUS = {"bus": True}
CASES = [("whole-life", whole_life, {}), ("restarts", restarts, {}), ("pairwise", pairwise, {"devices": 2}),
         ("pairwise-oscore", pairwise_oscore, {"devices": 2}), ("identity-certificate", identity_certificate, {}),
         ("role-certificate", role_certificate, {}), ("security-domain", security_domain, {}),
         ("random-pin", random_pin, WITH_BUS), ("wrong-pin", wrong_pin, WITH_BUS),
         ("manufacturer-cert", manufacturer_certificate, WITH_BUS), ("manufacturer-tpm", manufacturer_key_in_tpm, WITH_BUS)]

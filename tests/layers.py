#!/usr/bin/env python3
"""Refuses an include that climbs: a lower layer may not know a higher one."""
import pathlib
import re
import sys

LAYERS = [["base"], ["cbor", "tpm", "systemd"], ["net", "coap", "dtls", "store"], ["svr"], ["ocf"], ["daemon"], ["dbus"], ["main", "tools"]]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
# net and store may use the event loop's and the TPM's wrappers below them; beside each other nobody reaches.
PEERS_ALLOWED = {"daemon": {"daemon"}, "tools": {"tools"}}


def room(parts):
    if parts[0] == "daemon":
        return parts[1] if len(parts) > 2 else "daemon"
    return parts[0]


def target(include):
    parts = pathlib.PurePath(include).parts
    if parts[0] == "daemon" or len(parts) == 1:
        return "daemon" if parts[0] == "daemon" else None
    return parts[0] if parts[0] in RANK else None


def main(root):
    climbs = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.suffix not in {".h", ".cpp"} or relative.parts[0] not in {"daemon", "tpm", "systemd", "dbus", "tools"}:
            continue
        here = room(relative.parts)
        if here not in RANK:
            continue
        for include in re.findall(r'^\s*#include "([^"]+)"', path.read_text(), re.M):
            there = target(include)
            if there is None or there == here:
                continue
            if RANK[there] >= RANK[here]:
                climbs.append(f"{relative} includes {include}: {here} may not know {there}")
    print("\n".join(climbs) or "no include climbs")
    return 1 if climbs else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))

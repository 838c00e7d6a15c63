#!/usr/bin/env python3
"""The Yocto recipe ships exactly what `meson install` installs, and names every dependency.

  yocto_files.py SOURCE BUILD MESON…
"""
import json
import pathlib
import re
import subprocess
import sys

RECIPES = "tools/yocto/meta-ocfsecd/recipes-security/ocfsecd"
# Meson's name of a dependency → Yocto's recipe; None: part of the toolchain.
RECIPE_OF = {"CLI11": "cli11", "fmt": "fmt", "gmp": "gmp", "gnutls": "gnutls", "hogweed": "nettle", "inih": "libinih", "libical": "libical",
             "libcbor": "libcbor", "libsystemd": "systemd", "nettle": "nettle", "nlohmann_json": "nlohmann-json",
             "sdbus-c++": "sdbus-c++", "systemd": "systemd", "threads": None, "tss2-esys": "tpm2-tss",
             "tss2-mu": "tpm2-tss", "tss2-rc": "tpm2-tss", "tss2-sys": "tpm2-tss", "tss2-tctildr": "tpm2-tss"}


def introspect(meson, build, what):
    return json.loads(subprocess.run([*meson, "introspect", what, build], check=True, capture_output=True).stdout)


def variables_of(text):
    """Assignments of the recipe, continuation lines joined."""
    text = re.sub(r"^\s*#.*$", "", text.replace("\\\n", " "), flags=re.M)
    return dict(re.findall(r'^([\w:${}.-]+)\s*=\s*"([^"]*)"', text, flags=re.M))


def directories(options):
    """Bitbake's names of the directories, as this build directory has them."""
    prefix = pathlib.PurePath(options["prefix"])
    named = {name: str(prefix / options[name]) for name in ("bindir", "sbindir", "sysconfdir", "datadir", "mandir")}
    named["nonarch_libdir"] = str(prefix / "lib")
    named["systemd_system_unitdir"] = str(prefix / "lib/systemd/system")
    if str(prefix) == "/usr":  # as the distribution says (systemd/meson.build)
        asked = subprocess.run(["pkg-config", "--variable=systemdsystemunitdir", "systemd"], check=False,
                               capture_output=True, text=True)
        named["systemd_system_unitdir"] = asked.stdout.strip() or named["systemd_system_unitdir"]
    return named


def main(source, build, meson):
    problems = []
    recipes = sorted((source / RECIPES).glob("*.bb"))
    assert len(recipes) == 1, recipes
    recipe = variables_of(recipes[0].read_text())
    options = {option["name"]: option["value"] for option in introspect(meson, build, "--buildoptions")}
    where = directories(options)

    shipped = {}
    for variable, value in recipe.items():
        if not variable.startswith("FILES:"):
            continue
        for entry in value.split():
            path = re.sub(r"\$\{(\w+)\}", lambda name: where[name[1]], entry)
            if path in shipped:
                problems.append(f"{entry} is in {shipped[path]} and {variable}")
            shipped[path] = variable
    installed = set(introspect(meson, build, "--installed").values())
    problems += [f"meson install makes {path}, which no package of the recipe has" for path in sorted(installed - shipped.keys())]
    problems += [f"{shipped[path]} names {path}, which meson install does not make" for path in sorted(shipped.keys() - installed)]

    version = introspect(meson, build, "--projectinfo")["version"]
    if recipes[0].name != f"ocfsecd_{version}.bb":
        problems.append(f"{recipes[0].name} is not about version {version}")

    depends = set(recipe["DEPENDS"].split())
    for file in source.rglob("meson.build"):
        top = file.relative_to(source).parts[0]
        if top == "tests" or top.startswith("build"):  # the recipe builds no tests; /build*/ is ours to ignore
            continue
        for name in re.findall(r"\bdependency\('([^']+)'", file.read_text()):
            if name in {"gtest", "gmock"}:
                continue
            if name not in RECIPE_OF:
                problems.append(f"{file.relative_to(source)}: which recipe is dependency('{name}')?")
            elif RECIPE_OF[name] and RECIPE_OF[name] not in depends:
                problems.append(f"DEPENDS lacks {RECIPE_OF[name]} for dependency('{name}')")
    print("\n".join(problems) or f"{len(installed)} files, {len(depends)} dependencies agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))

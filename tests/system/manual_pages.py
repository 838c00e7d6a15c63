#!/usr/bin/env python3
"""A program's manual page names every command and every option that its --help names, and no option besides.

  manual_pages.py PROGRAM PAGE [PROGRAM PAGE …]
"""
import pathlib
import re
import subprocess
import sys


def help_of(program, *commands):
    return subprocess.run([program, *commands, "--help"], check=True, capture_output=True, text=True).stdout


def walk(program, *commands):
    """Commands and long options, of the subcommands as well."""
    text = help_of(program, *commands)
    options = set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", "\n".join(re.findall(r"^  ?-.*$", text, flags=re.M))))
    listed = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, flags=re.M)
    names = re.findall(r"^  (\S+)", listed[1], flags=re.M) if listed else []
    found = {" ".join([*commands, name]) for name in names}
    for name in names:
        inner, inner_options = walk(program, *commands, name)
        found |= inner
        options |= inner_options
    return found, options


def main(pairs):
    problems = []
    for program, page in zip(pairs[::2], pairs[1::2]):
        roff = pathlib.Path(page).read_text()
        commands, options = walk(program)
        described = set(re.findall(r"Fl -([a-z-]+)", roff))
        problems += [f"{page} lacks --{option}" for option in sorted(options - described)]
        problems += [f"{page} tells of --{option}, which {program} does not have" for option in sorted(described - options)]
        groups = {command.rsplit(" ", 1)[0] for command in commands if " " in command}
        problems += [f"{page} lacks {command}" for command in sorted(commands - groups)
                     if not re.search(rf"^\.It Cm {command}(?: |$)", roff, flags=re.M)]
        print(f"{page}: {len(commands)} commands, {len(options)} options")
    print("\n".join(problems))
    return 1 if problems or not pairs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# For tools/check: steps that are no tests of the build system, counted with them. Sourced; wants $build and $logs.
# shellcheck shell=bash

results=() # JUnit files
# shellcheck disable=SC2154
gates=$logs/gates.xml
gate_cases=

# Runs a command quietly; its output is shown only if it fails. Tells whether it succeeded.
gate() { # name, command…
    local name=$1 log begun=$SECONDS
    log=$logs/$(tr -c 'A-Za-z0-9\n' - <<<"$name").log
    shift
    if "$@" >"$log" 2>&1 </dev/null; then
        printf 'ok      %s (%d s)\n' "$name" $((SECONDS - begun))
        gate_cases+="<testcase classname=\"check\" name=\"$name\"/>"
    else
        tail -n 60 "$log"
        printf 'FAILED  %s (%d s); all of it: %s\n' "$name" $((SECONDS - begun)) "${log#"$PWD/"}"
        gate_cases+="<testcase classname=\"check\" name=\"$name\"><failure/></testcase>"
        return 1
    fi
}

# Runs a command whose output is worth seeing and which adds its own results.
show() { # name, command…
    local name=$1 begun=$SECONDS
    shift
    printf '\n-- %s\n' "$name"
    if "$@"; then
        printf 'ok      %s (%d s)\n' "$name" $((SECONDS - begun))
    else
        printf 'FAILED  %s (%d s)\n' "$name" $((SECONDS - begun))
        # Whatever the results say: a run may break off before them, and they do not know of tests that ran out of time or of
        # what a sanitizer says at the end of a program.
        gate_cases+="<testcase classname=\"check\" name=\"$name\"><failure/></testcase>"
    fi
}

# Adds everything up and exits.
finish() {
    printf '<testsuite name="check">%s</testsuite>\n' "$gate_cases" >"$gates"
    printf '\n'
    python3 tests/support/report.py "$gates" "${results[@]}"
    exit
}

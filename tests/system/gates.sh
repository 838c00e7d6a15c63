# tools/check --system. Sourced; wants gate, show, $build, $results of tests/support/gates.sh.
# shellcheck shell=bash disable=SC2154

tools/packages install system || exit 1
packages=$build/packages
# Runs a command with a file for its results as the last argument, and takes that up.
with_results() {
    local results_file=$logs/$1.xml outcome
    shift
    "$@" "$results_file"
    outcome=$?
    [ ! -s "$results_file" ] || results+=("$results_file")
    return $outcome
}

if gate 'Debian packages build' tests/system/build_packages.sh "$packages"; then
    gate 'lintian finds no error and warns of nothing' lintian --allow-root --fail-on error,warning "$packages"/*.changes
    show 'the packages in a booted Debian 12' with_results installed python3 tests/system/installed.py "$packages"
    show 'the packages on a kernel of their own, with its TPM driver' \
        with_results virtual-machine python3 tests/system/virtual_machine.py "$packages"
fi
show 'unit tests on Debian 13' with_results debian13 tests/system/debian13.sh
for architecture in arm64 armhf; do
    show "built for $architecture, and what runs under emulation" with_results "$architecture" tests/system/cross.sh "$architecture"
done

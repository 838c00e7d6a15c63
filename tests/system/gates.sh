# tools/check --system. Sourced; wants gate, show, $build, $results of tests/support/gates.sh.
# shellcheck shell=bash disable=SC2154

tools/packages install system || exit 1
packages=$build/packages
installed() {
    python3 tests/system/installed.py "$packages" "$logs/installed.xml"
    local outcome=$?
    [ ! -s "$logs/installed.xml" ] || results+=("$logs/installed.xml")
    return $outcome
}
virtual_machine() {
    python3 tests/system/virtual_machine.py "$packages" "$logs/virtual-machine.xml"
    local outcome=$?
    [ ! -s "$logs/virtual-machine.xml" ] || results+=("$logs/virtual-machine.xml")
    return $outcome
}
debian13() {
    tests/system/debian13.sh "$logs/debian13.xml"
    local outcome=$?
    [ ! -s "$logs/debian13.xml" ] || results+=("$logs/debian13.xml")
    return $outcome
}

if gate 'Debian packages build' tests/system/build_packages.sh "$packages"; then
    gate 'lintian finds no error and warns of nothing' lintian --allow-root --fail-on error,warning "$packages"/*.changes
    show 'the packages in a booted Debian 12' installed
    show 'the packages on a kernel of their own, with its TPM driver' virtual_machine
fi
show 'unit tests on Debian 13' debian13

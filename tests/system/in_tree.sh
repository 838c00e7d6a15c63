#!/bin/bash
# Runs the script on standard input in a Debian tree of its own, network included, with this source at /src.
#   in_tree.sh NAME SUITE ARCHITECTURES PACKAGES RESULTS.xml
# NAME is for the compiler cache; the first of ARCHITECTURES is this machine's. What /src/build/meson-logs holds of the last test run
# becomes RESULTS.xml.
set -euo pipefail
name=$1 suite=$2 architectures=$3 packages=$4 results=$(realpath -m "$5")
cd "$(dirname "$0")/../.."

# What has not changed since the last time is not compiled again.
objects=${XDG_CACHE_HOME:-$HOME/.cache}/ocfsecd/ccache-$name
mkdir -p "$objects"
root=$(mktemp -d "${TMPDIR:-/var/tmp}/ocfsecd-$name.XXXXXX")
trap 'rm -rf "$root"' EXIT # its mounts are in a mount namespace of their own, gone by then
ARCHITECTURES=$architectures tests/system/tree.sh "$suite" "$root" "$packages"
mkdir -p "$root/src" "$root/var/cache/ccache"
tar -cf - --exclude='./build*' --exclude=./.git --exclude=./.cache --exclude=__pycache__ . | tar -C "$root/src" -xf -
{ printf 'set -e\nip link set lo up\ncd /src\n'; cat; } >"$root/run.sh"

outcome=0
# shellcheck disable=SC2016
unshare --mount --net --pid --fork --propagation private -- bash -ec '
    mount --bind "$1" "$1"
    mount -t proc proc "$1/proc"
    mount -t sysfs sysfs "$1/sys"
    mount -t cgroup2 none "$1/sys/fs/cgroup" 2>/dev/null || mount -t tmpfs none "$1/sys/fs/cgroup"
    mount --rbind /dev "$1/dev"
    mount -t tmpfs -o mode=755 none "$1/run"
    mount --bind "$2" "$1/var/cache/ccache"
    exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CCACHE_DIR=/var/cache/ccache \
        CCACHE_MAXSIZE=2G bash /run.sh' - "$root" "$objects" || outcome=$?
[ ! -s "$root/src/build/meson-logs/testlog.junit.xml" ] || cp "$root/src/build/meson-logs/testlog.junit.xml" "$results"
exit $outcome

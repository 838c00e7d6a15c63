#!/bin/bash
# Builds the tree on Debian 13 (sdbus-c++ 2, GnuTLS 3.8, libcbor 0.10, tpm2-tss 4, GCC 14) and runs the unit tests there.
#   debian13.sh RESULTS.xml
set -euo pipefail
cd "$(dirname "$0")/../.."
results=$(realpath -m "$1")

packages='g++,ccache,meson,ninja-build,pkgconf,libsystemd-dev,systemd-dev,libsdbus-c++-dev,libsdbus-c++-bin,libgnutls28-dev,nettle-dev'
packages+=',libgmp-dev,libcbor-dev,libtss2-dev,libfmt-dev,libical-dev,libinih-dev,libcli11-dev,nlohmann-json3-dev,libgtest-dev,libgmock-dev'
packages+=',libmbedtls-dev,swtpm,dbus-daemon,iproute2,util-linux,procps,jq,tpm2-tools,systemd,python3,libcoap3-bin,iputils-ping,nftables'

# What has not changed since the last time is not compiled again.
objects=${XDG_CACHE_HOME:-$HOME/.cache}/ocfsecd/ccache-trixie
mkdir -p "$objects"
root=$(mktemp -d "${TMPDIR:-/var/tmp}/ocfsecd-debian13.XXXXXX")
trap 'rm -rf "$root"' EXIT # its mounts are in a mount namespace of their own, gone by then
tests/system/tree.sh trixie "$root" "$packages"
mkdir -p "$root/src" "$root/var/cache/ccache"
tar -cf - --exclude='./build*' --exclude=./.git --exclude=./.cache --exclude=__pycache__ . | tar -C "$root/src" -xf -

cat >"$root/run.sh" <<'RUN'
set -e
ip link set lo up
cd /src
meson setup build -Dwerror=true -Dbench=false
ninja -k 0 -C build
# shellcheck disable=SC2046
meson test -C build --no-rebuild --print-errorlogs $(meson test -C build --no-rebuild --list | sed 's/.* //' | grep '^unit-')
RUN
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

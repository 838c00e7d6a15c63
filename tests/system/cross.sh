#!/bin/bash
# Builds the tree for another architecture with Debian 12's cross compiler, and runs the unit tests of what is pure or needs the disk and
# the TPM only, under QEMU's user emulation.
#   cross.sh arm64|armhf RESULTS.xml
set -euo pipefail

case $1 in
    arm64) triplet=aarch64-linux-gnu emulator=qemu-aarch64-static family=aarch64 cpu=aarch64 ;;
    armhf) triplet=arm-linux-gnueabihf emulator=qemu-arm-static family=arm cpu=armv7hlf ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
here=$(dpkg --print-architecture)
packages="crossbuild-essential-$1,ccache,meson,ninja-build,pkg-config,systemd,libsdbus-c++-bin,libcli11-dev,nlohmann-json3-dev,qemu-user-static"
packages+=',swtpm,dbus-daemon,iproute2,util-linux,procps,jq,tpm2-tools,python3'
for library in systemd sdbus-c++ gnutls28 cbor tss2 fmt ical inih gtest gmock mbedtls gmp; do packages+=",lib$library-dev:$1"; done
packages+=",nettle-dev:$1"

exec "$(dirname "$0")/in_tree.sh" "$1" bookworm "$here,$1" "$packages" "$2" <<RUN
cat >/cross.ini <<INI
[binaries]
cpp = ['ccache', '$triplet-g++']
ar = '$triplet-ar'
strip = '$triplet-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['$emulator', '-L', '/']
[properties]
pkg_config_libdir = '/usr/lib/$triplet/pkgconfig:/usr/share/pkgconfig'
[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$cpu'
endian = 'little'
INI
meson setup build --cross-file /cross.ini -Dwerror=true -Dbench=false -Doptimization=0 -Ddebug=false
ninja -k 0 -C build
# The emulator knows neither namespaces' netlink nor seccomp as the others need them.
meson test -C build --no-rebuild --print-errorlogs --timeout-multiplier 10 \
    unit-base unit-cbor unit-coap unit-oscore unit-config unit-dtls unit-ocf-suite unit-store unit-svr unit-ocf unit-tpm
RUN

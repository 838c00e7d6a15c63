#!/bin/bash
# Builds the tree on Debian 13 (sdbus-c++ 2, GnuTLS 3.8, libcbor 0.10, tpm2-tss 4, GCC 14) and runs the unit tests there.
#   debian13.sh RESULTS.xml
set -euo pipefail

packages='g++,ccache,meson,ninja-build,pkgconf,libsystemd-dev,systemd-dev,libsdbus-c++-dev,libsdbus-c++-bin,libgnutls28-dev,nettle-dev'
packages+=',libgmp-dev,libcbor-dev,libtss2-dev,libfmt-dev,libical-dev,libinih-dev,libcli11-dev,nlohmann-json3-dev,libgtest-dev,libgmock-dev'
packages+=',libmbedtls-dev,swtpm,dbus-daemon,iproute2,util-linux,procps,jq,tpm2-tools,systemd,python3,libcoap3-bin,iputils-ping,nftables'

# Neither optimised nor with debug information: the question is what compiler and libraries take, and the tests have their answer as well.
exec "$(dirname "$0")/in_tree.sh" debian13 trixie "$(dpkg --print-architecture)" "$packages" "$1" <<'RUN'
meson setup build -Dwerror=true -Dbench=false -Doptimization=0 -Ddebug=false
ninja -k 0 -C build
# shellcheck disable=SC2046
meson test -C build --no-rebuild --print-errorlogs --timeout-multiplier 4 $(meson test -C build --no-rebuild --list | sed 's/.* //' | grep '^unit-')
RUN

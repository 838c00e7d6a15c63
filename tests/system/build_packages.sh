#!/bin/sh
# Builds the Debian packages from a copy of the tree.
#   build_packages.sh DIRECTORY   – the .deb files and what belongs to them
set -eu
cd "$(dirname "$0")/../.."
out=$(realpath -m "$1")
rm -rf "$out"
mkdir -p "$out/ocfsecd"
# dpkg-buildpackage writes beside the tree: never here. What git ignores stays behind.
tar -cf - --exclude='./build*' --exclude=./.git --exclude=./.cache --exclude=__pycache__ . | tar -C "$out/ocfsecd" -xf -
cd "$out/ocfsecd"
dpkg-buildpackage --no-sign
rm -rf "$out/ocfsecd"

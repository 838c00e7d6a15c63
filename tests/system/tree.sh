#!/bin/sh
# Unpacks a Debian system into a new directory, making it first if the cache has none.
#   [ARCHITECTURES=amd64,arm64] tree.sh SUITE DIRECTORY PACKAGES [DOWNLOADED]
# PACKAGES are installed; DOWNLOADED and what they need lie ready for an apt-get install without network.
set -eu
suite=$1 directory=$2 packages=$3 downloaded=${4-}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ocfsecd
architectures=${ARCHITECTURES:-$(dpkg --print-architecture)}
key=$(printf '%s\n' "$architectures" "$packages" "$downloaded" | sha256sum | cut -c -12)
tar=$cache/$suite-$key.tar

mkdir -p "$cache"
find "$cache" -maxdepth 1 -type f -mtime +14 -delete # package lists grow old
if [ ! -f "$tar" ]; then
    set --
    if [ -n "$downloaded" ]; then
        # apt of this machine with the tree's own directories; $MMDEBSTRAP_APT_CONFIG is for the hook's shell.
        # shellcheck disable=SC2016
        set -- --skip=cleanup/apt \
            --customize-hook='APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get install -qq --yes --no-install-recommends --download-only '"$downloaded"
    fi
    mmdebstrap --quiet --variant=minbase --architectures="$architectures" --include="$packages" "$@" "$suite" "$tar.$$.tar"
    mv "$tar.$$.tar" "$tar"
fi
mkdir -p "$directory"
tar -C "$directory" --numeric-owner --xattrs -xf "$tar"

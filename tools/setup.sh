#!/bin/sh
# Installs from the distribution what building and testing need, and the packages that are named as arguments, where they
# are not there yet.
set -e
packages="cmake ninja-build ccache g++ python3 python3-dev python3-venv libtbb-dev libzip-dev zlib1g-dev libfmt-dev
libgtest-dev libcli11-dev pkg-config clang-format dataset-fashion-mnist $*"
missing=""
for p in $packages; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
command -v apt-get >/dev/null || { echo "please install the equivalents of:$missing" >&2; exit 1; }
run=""
[ "$(id -u)" = 0 ] || run="sudo"
echo "installing:$missing"
$run apt-get update -qq
DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $missing >/dev/null

#!/bin/sh
# Installs the build in $1 to a folder of its own, then configures, builds and runs the consumer against it.
set -e
build=$1
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$build/consumer"
cmake --install "$build" --prefix "$build/consumer/installed" >/dev/null
cmake -S "$here" -B "$build/consumer/build" -G Ninja -DCMAKE_PREFIX_PATH="$build/consumer/installed" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$build/consumer/build"
"$build/consumer/build/consumer"

#!/bin/sh
# Installs the build in $1 to a folder of its own, then configures, builds and runs the consumer against it.
set -e
build=$1
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$build/consumer"
cmake --install "$build" --prefix "$build/consumer/installed" >/dev/null
# Sanitizers must be linked into the program too: with the compiler and the flags of the library.
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
cmake -S "$here" -B "$build/consumer/build" -G Ninja -DCMAKE_PREFIX_PATH="$build/consumer/installed" \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$(cached CMAKE_CXX_COMPILER)" \
  -DCMAKE_CXX_FLAGS="$(cached CMAKE_CXX_FLAGS)" >/dev/null
cmake --build "$build/consumer/build"
"$build/consumer/build/consumer"

#!/bin/sh
# Builds and runs the consumer in all the ways in which a program can come to Cornu, with g++ and, where it is there,
# clang++: installed as a static and as a shared library, by CMake's package and by pkg-config, and as a part of the
# project. $1: a build of Cornu; $2: its sources.
set -e
build=$1
source=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$build/consumer
rm -rf "$work"
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
compiler=$(cached CMAKE_CXX_COMPILER)
# Sanitizers must be linked into the program too.
flags=$(cached CMAKE_CXX_FLAGS)
type=$(cached CMAKE_BUILD_TYPE)
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
launcher=""
if command -v ccache >/dev/null; then
  launcher="-DCMAKE_CXX_COMPILER_LAUNCHER=$(command -v ccache)"
fi

consume() { # name, compiler, CMake's arguments
  name=$1 with=$2
  shift 2
  echo "$name, $with"
  cmake -S "$here" -B "$work/$name" -G Ninja -DCMAKE_BUILD_TYPE="$type" -DCMAKE_CXX_COMPILER="$with" \
    -DCMAKE_CXX_FLAGS="$flags" "$@" >/dev/null
  cmake --build "$work/$name" >"$work/$name.log" || { cat "$work/$name.log"; exit 1; }
  "$work/$name/consumer"
}
by_pkg_config() { # folder of the installed library, compiler, flags
  echo "pkg-config, $2 $3"
  export PKG_CONFIG_PATH="$(dirname "$(find "$1" -name cornu.pc)")"
  "$2" -std=c++20 $warnings $flags $3 "$here/main.cpp" -o "$work/program" $(pkg-config --cflags --libs cornu)
  LD_LIBRARY_PATH="$(pkg-config --variable=libdir cornu)" "$work/program"
}

cmake --install "$build" --prefix "$work/static" >/dev/null
cmake -S "$source" -B "$work/shared-build" -G Ninja -DCMAKE_BUILD_TYPE="$type" -DBUILD_SHARED_LIBS=ON \
  -DCORNU_DEVELOPER=OFF -DCORNU_WERROR=ON -DCORNU_CLI=OFF -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags" >/dev/null
cmake --build "$work/shared-build" >"$work/shared.log" || { cat "$work/shared.log"; exit 1; }
cmake --install "$work/shared-build" --prefix "$work/shared" >/dev/null
test -e "$(find "$work/shared" -name libcornu.so.0.1)"

compilers=$compiler
case $flags in *sanitize*) ;; *) command -v clang++ >/dev/null && compilers="$compiler clang++" ;; esac
for with in $compilers; do
  for kind in static shared; do
    consume "$kind-$(basename "$with")" "$with" -DCMAKE_PREFIX_PATH="$work/$kind"
    by_pkg_config "$work/$kind" "$with" ""
    case $flags in *sanitize*) ;; *) by_pkg_config "$work/$kind" "$with" "-fsanitize=address" ;; esac
  done
done
# As a part of the project: nothing of Cornu is installed with it.
for with in $compilers; do
  consume "fetched-$(basename "$with")" "$with" -DFETCH=ON -DCORNU_SOURCE="$source" -DCORNU_WERROR=ON $launcher
  cmake --install "$work/fetched-$(basename "$with")" --prefix "$work/project" >/dev/null
  test "$(ls "$work/project")" = bin && test "$(ls "$work/project/bin")" = consumer
done

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# targets-cmake.sh: a CMake and Ninja project with a static library that nothing needs.  `depgraph prune` must name exactly that
# declaration, its diff must apply, and the edited project must build, link without the library, and run.
# The second program reads the headers of what it does not link: that dependency must not be named.
# Uses depgraph from PATH; exit 77 with a reason where cmake, ninja, cc or patch is missing.
set -u
for tool in cmake ninja cc patch; do
	command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
dir=$(mktemp -d "${TMPDIR:-/tmp}/targets-cmake.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
cd "$dir" || exit 1
mkdir -p src/used src/unused src/shared/include src/headers build/.cmake/api/v1/query
cd src || exit 1

cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.18)
project(demo C)
add_subdirectory(shared)
add_subdirectory(headers)
add_subdirectory(used)
add_subdirectory(unused)
add_executable(app main.c)
target_link_libraries(app PRIVATE
	used # needed
	unused
	headers)
target_link_options(app PRIVATE -Wl,-Map=app.map)
EOF
echo 'add_library(shared STATIC shared.c)
target_include_directories(shared PUBLIC include)' >shared/CMakeLists.txt
echo 'add_library(headers STATIC headers.c)
target_include_directories(headers PUBLIC .)' >headers/CMakeLists.txt
echo 'add_library(used STATIC used.c)
target_include_directories(used PUBLIC .)
target_link_libraries(used PUBLIC shared)' >used/CMakeLists.txt
echo 'add_library(unused STATIC one.c two.c)
target_include_directories(unused PUBLIC .)
target_link_libraries(unused PUBLIC shared)' >unused/CMakeLists.txt
echo 'int shared(void);' >shared/include/shared.h
printf '#include "shared.h"\nint shared(void) { return 41; }\n' >shared/shared.c
echo 'enum { ONE = 1 }; int never(void);' >headers/headers.h
printf '#include "headers.h"\nint never(void) { return ONE; }\n' >headers/headers.c
echo 'int used(void);' >used/used.h
printf '#include "used.h"\n#include "shared.h"\nint used(void) { return shared(); }\n' >used/used.c
echo 'int one(void);' >unused/unused.h
printf '#include "unused.h"\nint one(void) { return 1; }\n' >unused/one.c
printf '#include "shared.h"\nint two(void) { return shared(); }\n' >unused/two.c
printf '#include "used.h"\n#include "headers.h"\nint main(void) { return used() + ONE == 42 ? 0 : 1; }\n' >main.c

cd ../build || exit 1
touch .cmake/api/v1/query/codemodel-v2
cmake -G Ninja -S ../src -B . -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >cmake.log 2>&1 || fail "cmake: $(tail -n 3 cmake.log)"
ninja >ninja.log 2>&1 || fail "ninja: $(tail -n 3 ninja.log)"
ninja -t deps >deps.txt
./app || fail "the program does not run"

inputs="app CMakeFiles/app.dir/main.c.o used/libused.a unused/libunused.a shared/libshared.a headers/libheaders.a
	compile_commands.json deps.txt $(ls .cmake/api/v1/reply/index-*.json)"
# shellcheck disable=SC2086
depgraph prune --json=plan.json --map app.map $inputs >/dev/null
[ -s plan.json ] || fail "no plan"
# shellcheck disable=SC2086
depgraph prune --format patch --map app.map $inputs >plan.patch
subjects=$(tr ',' '\n' <plan.json | grep -A 3 '"unused-dependency"' | sed -n 's/.*"subject": *"\(.*\)".*/\1/p')
[ "$subjects" = "app -> unused" ] || fail "unneeded dependencies: '$subjects', expected 'app -> unused'"
grep -q 'CMakeLists.txt:8: remove unused from target_link_libraries(app)' plan.json || fail "the edit is not the line that declares it"

(cd ../src && patch -p1 <../build/plan.patch) >patch.log 2>&1 || fail "the diff does not apply: $(cat patch.log)"
ninja >ninja.log 2>&1 || fail "the edited project does not build: $(tail -n 3 ninja.log)"
./app || fail "the edited program does not run"
if ninja -t commands app | grep -q 'libunused\.a'; then fail "the library is still linked"; fi
ninja -t commands app | grep -q 'libheaders\.a' || fail "the library with the headers is gone"
exit 0

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# make bench: reprocheck and its peers on the same four pairs, one after the other on the same machine, and a table
# with the targets beside: build/bench/results.md.
#
#   a   two ELF programs of 200 C++ units with debug information, built in two directories at two dates;
#       a1: directory names of equal length, a2: of different length         peer: diffoscope   at least 200x faster
#   b   two .tar.gz of the same 100 MB tree, in another order and with other times
#                                              peer: gzip -dc of both, at the same time        at most 1.5x
#   c   two static libraries of 200 C++ members, about 40 MB           peer: diffoscope   at least 40x faster
#   d   two libraries of 540 MB with three patched bytes      peer: cmp -l                     at most 1.3x
#
# Times are medians of RUNS runs (default 5; one for diffoscope, which stops at PEER_LIMIT seconds, default 300) with
# the files in the page cache.  Memory is the peak of RssAnon + RssShmem over all processes of the command, sampled
# from /proc/PID/status every few milliseconds (seldomer in long runs): what it holds beyond the mapped input.
# Target: at most 64 MB.
#
#   run an action, not a pair: the whole job of `reprocheck run`        peer: reprotest with diffoscope
#       and what isolation adds to a command: see bench/run_pair.sh                                at most 20 ms
#
#   bench/run.sh [PAIR...]      a1 a2 b c d run; all by default.  The pairs are kept in build/bench.
set -eu
cd "$(dirname "$0")/.."
. tests/peers.sh
top=$PWD
bench=$top/build/bench
reprocheck=$top/build/bin/reprocheck
runs=${RUNS:-5}
limit=${PEER_LIMIT:-300}
mkdir -p "$bench"
cd "$bench"
pairs=${*:-a1 a2 b c d run}

note() { printf '%s\n' "$*" >&2; }

# ---- the pairs -------------------------------------------------------------------------------------------------

write_units() { # DIRECTORY
	local i
	mkdir -p "$1"
	for i in $(seq 200); do
		cat >"$1/unit$i.cc" <<C
#include <algorithm>
#include <cassert>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>
template <int N> struct table$i {
	std::map<std::string, std::vector<int>> rows;
	void put(const std::string &key, int value) {
		assert(value != N);
		rows[key + std::to_string(N)].push_back(value);
	}
	int sum() const {
		int s = N;
		for (auto &row : rows) for (int v : row.second) s += v;
		return s;
	}
};
int unit$i(const std::string &s) {
	table$i<$i> t; table$i<$((i + 1000))> u;
	std::function<int(int)> f = [&](int x) { return x * $i + (int)s.size(); };
	std::vector<std::string> words;
	std::stringstream in(s);
	for (std::string w; in >> w;) words.push_back(w);
	std::sort(words.begin(), words.end(), [](auto &a, auto &b) { return a.size() < b.size(); });
	for (auto &w : words) { t.put(w, f($i)); u.put(w, f(7)); }
	std::set<std::pair<int, table$i<$i> *>> seen;
	for (auto &w : words)
		if (seen.insert({ (int)w.size(), &t }).second) u.put(w, t.sum());
	if (s == "date") std::cout << __DATE__ " " __FILE__ << std::endl;
	return t.sum() + u.sum();
}
C
	done
	{
		echo '#include <string>'
		seq -f 'int unit%g(const std::string &);' 200
		echo 'int main(int c, char **v) { std::string s = v[c - 1]; int r = 0;'
		seq -f 'r += unit%g(s);' 200
		echo 'return r & 1; }'
	} >"$1/main.cc"
}

# compile_units DIRECTORY DATE OBJECTS FLAGS...: as a build in that directory at that date would.
compile_units() {
	local dir=$1 date=$2 objects=$3
	shift 3
	note "compiling 200 C++ units in $dir ($*)"
	write_units "$dir/src"
	mkdir -p "$dir/$objects"
	(
		cd "$dir"
		export SOURCE_DATE_EPOCH flags="$*" objects
		SOURCE_DATE_EPOCH=$(date -d "$date" +%s)
		ls src/*.cc | xargs -P "$(nproc)" -I{} sh -c 'g++ $flags -c -o $objects/$(basename {} .cc).o "$PWD/{}"'
	)
}

build_program() { # DIRECTORY DATE
	[ -e "$1/app" ] && return
	compile_units "$1" "$2" obj -g -O0
	(cd "$1" && g++ -o app obj/main.o $(ls obj/unit*.o | sort -V) && rm -rf obj)
}

build_library() { # DIRECTORY DATE
	[ -e "$1/lib.a" ] && return
	compile_units "$1" "$2" libobj -g1 -O1
	(cd "$1" && ar rcU lib.a $(ls libobj/unit*.o | sort -V) && rm -rf libobj)
}

make_a1() {
	build_program first 2026-01-02
	build_program other 2026-05-17
	ln -f first/app a1-A
	ln -f other/app a1-B
}
make_a2() {
	build_program first 2026-01-02
	build_program a-longer-directory 2026-05-17
	ln -f first/app a2-A
	ln -f a-longer-directory/app a2-B
}
make_c() {
	build_library first 2026-01-02
	build_library other 2026-05-17
	ln -f first/lib.a c-A
	ln -f other/lib.a c-B
}

make_b() {
	[ -e b-B ] && return
	note "making a tree of 100 MB and two tarballs"
	python3 - <<'P'
import os, random
random.seed(1)
words = [bytes(random.choices(b"abcdefghijklmnopqrstuvwxyz", k=random.randint(2, 11))) for _ in range(4000)]
for i in range(1600):
    d = "tree/d%02d" % (i % 40)
    os.makedirs(d, exist_ok=True)
    size, body = random.randint(20000, 110000), bytearray()
    while len(body) < size:
        if i % 4 == 3:
            body += random.randbytes(3000)
        else:
            body += b" ".join(random.choices(words, k=400)) + b"\n"
    with open("%s/f%04d" % (d, i), "wb") as f:
        f.write(body)
P
	find tree -exec touch -d 2026-01-02 {} +
	find tree -type f | LC_ALL=C sort | tar -cf - -T - | gzip -6 >b-A
	find tree -exec touch -d 2026-05-17 {} +
	find tree -type f | LC_ALL=C sort -r | tar -cf - -T - | gzip -6 >b-B
	rm -rf tree
}

# The real libcublasLt of NVIDIA's wheel where pip brings it, else a library of the same size that we link: code and
# text alternate with bytes that do not compress.
make_d() {
	local real=$carbolic_cache/cublas/libcublasLt.so.13
	[ -e d-B ] && return
	if ! [ -e "$real" ] && [ -z "${NO_DOWNLOAD:-}" ]; then
		note "fetching NVIDIA's libcublasLt (a wheel of 421 MB)"
		mkdir -p "$carbolic_cache/cublas"
		if python3 -m pip download -q --disable-pip-version-check --no-deps -d "$carbolic_cache/cublas" \
			nvidia-cublas==13.0.2.14 2>/dev/null; then
			(cd "$carbolic_cache/cublas" && python3 -m zipfile -e nvidia_cublas-*.whl unpacked &&
				mv unpacked/nvidia/cu13/lib/libcublasLt.so.13 . && rm -rf unpacked nvidia_cublas-*.whl)
		fi
	fi
	if [ -e "$real" ]; then
		ln -f "$real" d-A 2>/dev/null || cp "$real" d-A
		echo "libcublasLt.so.13 of nvidia-cublas 13.0.2" >d-what
	else
		note "linking a library of 540 MB"
		python3 - <<'P'
import random
random.seed(2)
text = b"".join(b"a line of text, number %d, like those of a table of messages\n" % i for i in range(20000))
with open("blob", "wb") as f:
    for i in range(180):
        f.write(random.randbytes(1500000) + text[:1500000])
P
		printf '.section .rodata\n.globl blob\nblob:\n.incbin "blob"\n' >blob.s
		gcc -shared -o d-A blob.s
		rm -f blob blob.s
		echo "a linked library of incompressible bytes and text" >d-what
	fi
	cp d-A d-B
	chmod u+w d-B
	local size at
	size=$(stat -c %s d-B)
	for at in 3 5 9; do # three bytes, far apart, in the middle of things
		python3 - "$((size / 10 * at))" <<'P'
import sys
with open("d-B", "r+b") as f:
    f.seek(int(sys.argv[1]))
    b = f.read(1)
    f.seek(int(sys.argv[1]))
    f.write(bytes([b[0] ^ 0x55]))
P
	done
}

# ---- measuring -------------------------------------------------------------------------------------------------

# measure RUNS LIMIT COMMAND...: prints "SECONDS PEAK_ANON_KB STATUS"; the median of the times, the greatest peak.
measure() {
	python3 "$top/bench/measure.py" "$@"
}

rows=
row() { # PAIR WHAT SIZE OURS MEMORY PEER-NAME PEER-SECONDS PEER-MEMORY RATIO TARGET VERDICT
	rows="$rows$(printf '| %s | %s | %s | %s s | %s MB | %s | %s s | %s MB | %s | %s | %s |' "$@")"$'\n'
}
size_of() { stat -L -c %s "$1" | awk '{ printf "%.0f MB", $1 / 1e6 }'; }
calc() { awk "BEGIN { $1 }"; }

bench_pair() { # PAIR WHAT PEER-NAME KIND TARGET; the peer's command is in peer_command
	local pair=$1 what=$2 peer=$3 kind=$4 target=$5 ours theirs os om ps pm shown verdict status pstatus
	note "measuring $pair"
	cat "$pair-A" "$pair-B" >/dev/null
	read -r os om status <<<"$(measure "$runs" "$limit" "$reprocheck" diff "$pair-A" "$pair-B")"
	[ "$status" = 1 ] || note "pair $pair: reprocheck ended with $status"
	ps=- pm=-
	shown='no peer' verdict=-
	if [ ${#peer_command[@]} -gt 0 ]; then
		local n=$runs
		[ "$peer" = diffoscope ] && n=1
		read -r ps pm pstatus <<<"$(measure "$n" "$limit" "${peer_command[@]}")"
		case $pstatus in 0 | 1 | timeout) ;; *) note "pair $pair: $peer ended with $pstatus" ;; esac
		case $kind in
		faster)
			shown=$(calc "printf \"%.0fx faster\", $ps / $os")
			[ "$pstatus" = timeout ] && shown="over $shown"
			verdict=$(calc "print ($ps / $os >= $target) ? \"met\" : \"missed\"")
			target="at least ${target}x"
			;;
		within)
			shown=$(calc "printf \"%.2fx\", $os / $ps")
			verdict=$(calc "print ($os / $ps <= $target) ? \"met\" : \"missed\"")
			target="at most ${target}x"
			;;
		esac
		pm=$(calc "printf \"%.0f\", $pm / 1000")
		[ "$pstatus" = timeout ] && ps=">$ps"
	fi
	om=$(calc "printf \"%.0f\", $om / 1000")
	[ "$om" -le 64 ] || verdict="$verdict, memory missed"
	row "$pair" "$what" "2 x $(size_of "$pair-A")" "$os" "$om" "$peer" "$ps" "$pm" "$shown" "$target, 64 MB" "$verdict"
}

. "$top/bench/run_pair.sh"

diffoscope_of() {
	peer_command=()
	command -v diffoscope >/dev/null && peer_command=(diffoscope --no-progress "$1-A" "$1-B")
	return 0
}

for pair in $pairs; do
	make_"$pair"
	case $pair in
	a1) diffoscope_of a1; bench_pair a1 "ELF, 200 units, -g, other date and path" diffoscope faster 200 ;;
	a2) diffoscope_of a2; bench_pair a2 "the same, path of another length" diffoscope faster 200 ;;
	b)
		peer_command=(sh -c 'gzip -dc b-A >/dev/null & gzip -dc b-B >/dev/null; wait')
		bench_pair b ".tar.gz of 100 MB, other order and times" "gzip -dc, both at once" within 1.5
		;;
	c) diffoscope_of c; bench_pair c "static library, 200 members" diffoscope faster 40 ;;
	d)
		peer_command=(cmp -l d-A d-B)
		bench_pair d "$(cat d-what), 3 bytes patched" "cmp -l" within 1.3
		;;
	run) bench_run ;;
	*) note "no pair $pair"; exit 2 ;;
	esac
done

# How much of the ELF pairs is explained: at most 1 % may stay unexplained.
explained=
for pair in $pairs; do
	[ "$pair" != run ] || continue
	line=$("$reprocheck" diff --json=- "$pair-A" "$pair-B" 2>/dev/null | python3 -c '
import json, sys
t = json.load(sys.stdin)["totals"]
d = t["differing_bytes"] or 1
print("| %s | %d | %d | %d | %d | %.3f %% |" % (sys.argv[1], t["differing_bytes"], t["primary_bytes"], t["derived_bytes"],
      t["unexplained_bytes"], 100.0 * t["unexplained_bytes"] / d))' "$pair" 2>/dev/null) || continue
	explained="$explained$line"$'\n'
done

{
	printf '# Speed and memory\n\n%s, %s, %s; medians of %s runs, files in the page cache.\n\n' \
		"$(nproc) processors ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1))" \
		"Linux $(uname -r)" "$("$reprocheck" --version | head -n 1)" "$runs"
	if [ -n "$rows" ]; then
		echo '| pair | what | size | reprocheck | its memory | peer | time | memory | ratio | target | |'
		echo '|---|---|---|---|---|---|---|---|---|---|---|'
		printf '%s\n' "$rows"
		echo 'Memory: peak of RssAnon + RssShmem, that is beyond the mapped input.'
		printf '\n| pair | differing bytes | primary | derived | unexplained | |\n|---|---|---|---|---|---|\n%s' "$explained"
	fi
	print_run
} | tee results.md

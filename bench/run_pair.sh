# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Sourced by bench/run.sh: the pair `run`, an action instead of two files.
#
#   the whole job: five runs of a small C project (three identical ones, all varied, one axis) and the report,
#       reprocheck run --max-runs 5    beside    reprotest with five builds and diffoscope on what they made.
#       reprotest varies what its defaults say, but for user and group, for which it wants an account and sudo.
#   overhead: what an identical run costs beyond the command itself. The slope between a study of few identical runs and
#       one of many, one at a time, less the plain command; so starting up, planning and reporting do not count, and
#       making the world, collecting and hashing the outputs do. Target: at most 20 ms. Copies of inputs are reported apart.
#
# All are medians of hyperfine, RUNS runs (reprotest: PEER_RUNS, default 3).

write_project() { # DIRECTORY
	local i
	mkdir -p "$1"
	for i in $(seq 12); do
		printf '#include <assert.h>\n#include <stdio.h>\nint unit%d(int n)\n{\n\tassert(n != %d);\n\treturn printf("%%s %%d\\n", __FILE__, n);\n}\n' \
			"$i" "$i" >"$1/unit$i.c"
	done
	{
		echo '#include <stdio.h>'
		seq -f 'int unit%g(int);' 12
		echo 'int main(void) { puts("built " __DATE__ " " __TIME__); return 0'
		seq -f '+ unit%g(0)' 12
		echo '; }'
	} >"$1/main.c"
	cat >"$1/Makefile" <<-'M'
		CFLAGS = -g -O1
		OBJECTS = $(patsubst %.c,%.o,$(wildcard unit*.c))
		all: abacus abacus.tar.gz
		libunits.a: $(OBJECTS)
		TABar rcU $@ $^
		abacus: main.o libunits.a
		TAB$(CC) -o $@ main.o libunits.a
		abacus.tar.gz: abacus
		TABtar -czf $@ abacus libunits.a
	M
	sed -i 's/^TAB/\t/' "$1/Makefile"
}

make_run() {
	[ -e project/Makefile ] || write_project project
}

# hyper RUNS COMMAND: its median in seconds; the status may be anything.
hyper() {
	local n=$1
	shift
	hyperfine --shell=bash -i -w 1 -r "$n" --export-json run-times.json "$@" >run-log 2>&1 || {
		note "$*: $(tail -n 1 run-log)"
		return 1
	}
	python3 -c 'import json; print("%.4f" % json.load(open("run-times.json"))["results"][0]["median"])'
}

# The medians of what one study says of its own runs: "SETUP_MS COPY_MS OF_HOW_MANY_COPIES".
own_words() { # RECORD
	python3 - "$1" <<'P'
import json, statistics, sys
runs = json.load(open(sys.argv[1]))["experiment"]["runs"]
copies = [r.get("copy_seconds", 0) for r in runs if r.get("copy_seconds", 0) > 0]
print("%.1f %.1f %d" % (1000 * statistics.median(r.get("setup_seconds", 0) for r in runs),
      1000 * statistics.median(copies) if copies else 0, len(copies)))
P
}

identical_runs=20
overhead_of() { # WHAT COMMAND...
	local what=$1 few many plain each words verdict
	shift
	local study="'$reprocheck' run -q --no-prove -j1 --axis umask --input project --output '*.none'"
	plain=$(hyper "$((runs * 4))" "cd project && $*") || return 0
	few=$(hyper "$runs" "$study -n 2 --max-runs 3 -- $*") || return 0
	many=$(hyper "$runs" "$study -n $((2 + identical_runs)) --max-runs $((3 + identical_runs)) -- $*") || return 0
	eval "$study -n 5 --max-runs 6 --json=run-record.json -- $*" >/dev/null 2>&1 || :
	words=$(own_words run-record.json 2>/dev/null || echo '- - 0')
	each=$(calc "printf \"%.1f\", 1000 * (($many - $few) / $identical_runs - $plain)")
	verdict=$(calc "print ($each <= 20) ? \"met\" : \"missed\"")
	# shellcheck disable=SC2086
	set -- $words
	overhead_rows="$overhead_rows$(printf '| %s | %.1f ms | %s ms | %s ms | %s ms in %s of its runs | at most 20 ms | %s |' \
		"$what" "$(calc "print 1000 * $plain")" "$each" "$1" "$2" "$3" "$verdict")"$'\n'
}

job_rows= overhead_rows=
bench_run() {
	local ours theirs=- ratio='no peer'
	note 'measuring the whole job'
	ours=$(hyper "$runs" "'$reprocheck' run -q --no-prove --max-runs 5 --json=run-job.json --html=run-job.html --input project -- make -s") ||
		return 0
	if command -v reprotest >/dev/null && command -v diffoscope >/dev/null; then
		theirs=$(hyper "${PEER_RUNS:-3}" "timeout $limit reprotest --min-cpus 2 --vary=-user_group --extra-build= --extra-build= --extra-build= -c 'make -s' project 'abacus*'") ||
			theirs=-
		[ "$theirs" = - ] || ratio=$(calc "printf \"%.1fx faster\", $theirs / $ours")
	fi
	job_rows="$(printf '| five runs and report, 13 C units, library, program, tarball | %s s | reprotest, diffoscope | %s s | %s |' "$ours" "$theirs" "$ratio")"
	note 'measuring the overhead of isolation'
	overhead_of '`true`' /bin/true
	overhead_of 'one compilation' gcc -g -O1 -c unit1.c -o unit1.o
	rm -f project/*.o
}

print_run() {
	[ -n "$job_rows$overhead_rows" ] || return 0
	printf '\n# Running actions\n\n| what | reprocheck run | peer | time | ratio |\n|---|---|---|---|---|\n%s\n' "$job_rows"
	printf '\n| identical run of | plain | beyond it | of that, its world | copy of inputs, apart | target | |\n|---|---|---|---|---|---|---|\n%s' \
		"$overhead_rows"
}

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tests/fuzz/hunt.sh SECONDS TARGET...: each target under libFuzzer for so many seconds, as many at once as there are
# processors.  New inputs are collected in build/libfuzzer/corpus/TARGET, faults in build/libfuzzer/faults/TARGET-*.
# A fault, once mended, joins tests/fuzz/corpus/TARGET under a name that says what is wrong with the input.
set -u
cd "$(dirname "$0")/../.."
seconds=$1
shift
export seconds
export ASAN_OPTIONS=allocator_may_return_null=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
mkdir -p build/libfuzzer/{corpus,faults,log}

hunt() {
	local t=$1 d=build/libfuzzer rc
	mkdir -p "$d/corpus/$t" "tests/fuzz/corpus/$t"
	"$d/fuzz_$t" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix="$d/faults/$t-" "$d/corpus/$t" "tests/fuzz/corpus/$t" >"$d/log/$t" 2>&1
	rc=$?
	printf '%-16s %s, %s\n' "$t" "$(sed -n 's/^stat::number_of_executed_units: */executed /p' "$d/log/$t")" \
		"$([ $rc = 0 ] && echo 'no fault' || grep -m1 -E 'ERROR|SUMMARY|runtime error|not so|deadly' "$d/log/$t")"
	return $rc
}
export -f hunt
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'hunt {}'

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_execlog.h: a log read through the door into a store, and compared with itself.
 *
 * The format is told by content, so one harness serves all; each format has a target of its
 * own for the corpus that libFuzzer grows.  Whatever the bytes: what was read
 * is the same as itself, and its second reading gives the same graph.
 */
#ifndef TESTS_FUZZ_FUZZ_EXECLOG_H
#define TESTS_FUZZ_FUZZ_EXECLOG_H

#include "base/cleanup.h"
#include "reprocheck/log/compare.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline int fuzz_execlog_read(const uint8_t *data, size_t size, struct log_store *s)
{
	struct execlog_sink sink = log_store_sink(s);
	struct error err = { 0 };
	int r = execlog_read_memory(data, size, "input", &sink, &s->info, &err);

	if (r < 0 && err.code == 0)
		abort(); /* refused without a reason */
	return r;
}

static inline void fuzz_execlog(const uint8_t *data, size_t size)
{
	CLEANUP(log_names_release) struct log_names names = LOG_NAMES_INIT;
	CLEANUP(log_store_release) struct log_store a = LOG_STORE_INIT(&names);
	CLEANUP(log_store_release) struct log_store b = LOG_STORE_INIT(&names);
	CLEANUP(log_comparison_release) struct log_comparison c = LOG_COMPARISON_INIT;
	const struct log_compare_options o = { 0 };
	int r = fuzz_execlog_read(data, size, &a);

	if (fuzz_execlog_read(data, size, &b) != r || a.actions.count != b.actions.count)
		abort();
	if (r < 0)
		return;
	if (log_compare(&a, &b, &o, &c) < 0 || c.counts[LOG_SAME] != a.actions.count - a.links)
		abort();
}

#define FUZZ_EXECLOG                                                     \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)    \
	{                                                               \
		fuzz_execlog(data, size);                               \
		return 0;                                               \
	}

#endif

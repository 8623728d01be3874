/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON report read back.  What is accepted must be printable in every form,
 * and a record of a record is the same document.
 */
#include "base/cleanup.h"
#include "reprocheck/report/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int (*report_fn)(FILE *f, const struct comparison *c, const struct report_options *o);

static char *render(report_fn fn, const struct record *rec, unsigned verbosity)
{
	struct report_options o = rec->report;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	o.verbosity = verbosity;
	if (!f || fn(f, rec->comparison, &o) < 0 || fclose(f) != 0)
		abort();
	return text;
}

/* The terminal gets no control character but the end of a line. */
static void check_terminal(const struct record *rec, unsigned verbosity)
{
	AUTO_FREE char *text = render(report_terminal, rec, verbosity);
	const char *p;

	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\n')
			abort();
}

static void check_same(const struct record *rec)
{
	CLEANUP(record_freep) struct record *again = NULL;
	AUTO_FREE char *first = render(report_json, rec, 0);
	AUTO_FREE char *second = NULL;

	if (record_parse("again", first, strlen(first), &again, NULL) < 0)
		abort();
	second = render(report_json, again, 0);
	if (strcmp(first, second) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const report_fn others[] = { report_sarif, report_junit, report_html };
	CLEANUP(record_freep) struct record *rec = NULL;
	size_t i;

	if (size > INPUT_MAX || record_parse("input", (const char *)data, size, &rec, NULL) < 0)
		return 0;
	check_same(rec);
	check_terminal(rec, 0);
	check_terminal(rec, 2);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		free(render(others[i], rec, 0));
	return 0;
}

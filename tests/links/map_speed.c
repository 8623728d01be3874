/* SPDX-License-Identifier: Apache-2.0 */
/* map_speed.c: how fast a link map is parsed and kept, and in how much memory. bench/depgraph_map.sh compiles and calls it. */
#include "analyzers/linkmap.h"
#include "base/error.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static int count(void *ctx, const struct linkmap_section_row *row)
{
	(void)row;
	++*(size_t *)ctx;
	return 0;
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Anonymous memory only: the map itself is a mapping of its file. */
static double anonymous_mb(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	double kb = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "RssAnon: %lf", &kb) == 1)
			break;
	if (f)
		(void)fclose(f);
	return kb / 1024;
}

int main(int argc, char **argv)
{
	const struct linkmap_visitor visitor = { .section = count };
	enum linkmap_dialect dialect;
	struct error err = { 0 };
	struct content *c;
	struct linkmap *m;
	size_t rows = 0;
	double start, parsed, kept, before, mb;
	int i;

	if (argc != 2 || content_open(AT_FDCWD, argv[1], &c, &err) < 0)
		return 2;
	mb = (double)content_size(c) / 1e6;
	/* Once to have the pages at hand. */
	for (i = 0; i < 2; i++) {
		rows = 0;
		start = now();
		if (linkmap_parse(c, &visitor, &rows, &dialect, &err) < 0) {
			error_report("linkmap", &err);
			return 2;
		}
		parsed = now() - start;
	}
	before = anonymous_mb();
	start = now();
	if (linkmap_read(c, &m, &err) < 0)
		return 2;
	kept = now() - start;
	printf("%-7s %8.1f MB %9zu rows   parse %6.0f MB/s   table %6.0f MB/s   %6.1f MB of memory\n", linkmap_dialect_name(dialect), mb,
	       rows, mb / parsed, mb / kept, anonymous_mb() - before);
	linkmap_free(m);
	content_unref(c);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* mark_speed.c OBJECT...: how long the link model takes, step by step; see bench/depgraph_mark.sh. */
#include "depgraph/link/link.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct inputs in = INPUTS_INIT;
	struct graph g = GRAPH_INIT;
	struct link_options options = { 0 };
	struct link *l = NULL;
	struct error err = { 0 };
	struct rusage usage;
	double begin = now(), opened, built, marked;
	uint32_t i, dead = 0;
	int r = pool_new(0, &options.pool), k;

	for (k = 1; k < argc && r >= 0; k++)
		r = inputs_add(&in, argv[k], &err);
	opened = now();
	if (r >= 0)
		r = link_build(&in, &options, &g, &l, &err);
	built = now();
	if (r >= 0)
		r = link_mark(l, &err);
	marked = now();
	if (r < 0) {
		error_report("mark_speed", &err);
		return 2;
	}
	for (i = 0; i < l->section_count; i++)
		dead += l->sections[i].in_output && !l->sections[i].live;
	getrusage(RUSAGE_SELF, &usage);
	printf("| sections | relocations kept as edges | dead | open | resolve and read relocations | mark | peak RSS |\n"
	       "|---|---|---|---|---|---|---|\n| %u | %zu | %u | %.2f s | %.2f s | %.3f s | %ld MB |\n",
	       l->section_count, g.edge_count, dead, opened - begin, built - opened, marked - built, usage.ru_maxrss / 1024);
	link_free(l);
	graph_release(&g);
	inputs_release(&in);
	pool_free(options.pool);
	return 0;
}

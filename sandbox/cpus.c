/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/cpus.h"

#include "base/cleanup.h"
#include "sandbox/hostfile.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)8 << 20)

int cpus_restrict(unsigned n, unsigned *ret)
{
	cpu_set_t have, want;
	unsigned i, count = 0;

	CPU_ZERO(&want);
	if (sched_getaffinity(0, sizeof(have), &have) < 0)
		return -errno;
	for (i = 0; i < CPU_SETSIZE && count < n; i++)
		if (CPU_ISSET(i, &have)) {
			CPU_SET(i, &want);
			count++;
		}
	if (sched_setaffinity(0, sizeof(want), &want) < 0)
		return -errno;
	*ret = count;
	return 0;
}

/* Processors are paragraphs separated by empty lines; on some architectures a last paragraph is about the machine. */
int cpus_info(unsigned n, struct buffer *ret)
{
	CLEANUP(buffer_release) struct buffer host = BUFFER_INIT(TEXT_MAX);
	const char *line;
	size_t at = 0, len;
	bool keep = true;
	int r = hostfile_read("/proc/cpuinfo", &host);

	while (!r && (line = hostfile_line(&host, &at, &len))) {
		const char *colon = memchr(line, ':', len);

		if (len >= 9 && !memcmp(line, "processor", 9) && colon)
			keep = strtoul(colon + 1, NULL, 10) < n;
		if (keep) {
			(void)buffer_append(ret, line, len);
			(void)buffer_putc(ret, '\n');
		}
		if (!len)
			keep = true;
	}
	return r < 0 ? r : ret->error;
}

int cpus_number(const char *name)
{
	char *end;
	long n;

	if (strncmp(name, "cpu", 3) != 0 || name[3] < '0' || name[3] > '9')
		return -1;
	n = strtol(name + 3, &end, 10);
	return (*end == '\0' || *end == ' ') && n < CPU_SETSIZE ? (int)n : -1;
}

int cpus_stat(unsigned n, struct buffer *ret)
{
	CLEANUP(buffer_release) struct buffer host = BUFFER_INIT(TEXT_MAX);
	const char *line;
	size_t at = 0, len;
	int r = hostfile_read("/proc/stat", &host);

	while (!r && (line = hostfile_line(&host, &at, &len)))
		if (cpus_number(line) < (int)n) {
			(void)buffer_append(ret, line, len);
			(void)buffer_putc(ret, '\n');
		}
	return r < 0 ? r : ret->error;
}

void cpus_range(unsigned n, char out[32])
{
	(void)snprintf(out, 32, n > 1 ? "0-%u\n" : "0\n", n - 1);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays files, and the files of directories, through a fuzz target without
 * libFuzzer, so that any compiler and `make check` can.  Each input is copied
 * into memory of exactly its size, and is also tried cut short at a few places.
 * Prints "file NAME" before and "done NAME" after each; an input that takes
 * longer than SECONDS_MAX ends the program by SIGALRM.
 */
#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_MAX 30
#define CUTS 16

static void try_exactly(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return;
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int replay_file(const char *path)
{
	CLEANUP(fclosep) FILE *f = fopen(path, "rb");
	AUTO_FREE uint8_t *data = NULL;
	struct stat st;
	size_t size, i;

	if (!f || fstat(fileno(f), &st) < 0)
		return -errno;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return -ENOMEM;
	size = fread(data, 1, (size_t)st.st_size, f);
	printf("file %s\n", path);
	(void)fflush(stdout);
	(void)alarm(SECONDS_MAX);
	try_exactly(data, size);
	for (i = 1; i < CUTS; i++)
		try_exactly(data, size * i / CUTS);
	(void)alarm(0);
	printf("done %s\n", path);
	return 0;
}

static int replay(const char *path);

static int replay_directory(const char *path)
{
	struct dirent **names;
	int i, r = 0, n = scandir(path, &names, NULL, alphasort);

	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		char child[4096];

		(void)snprintf(child, sizeof(child), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && r == 0)
			r = replay(child);
		free(names[i]);
	}
	free(names);
	return r;
}

static int replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? replay_directory(path) : replay_file(path);
}

int main(int argc, char **argv)
{
	int i, r;

	for (i = 1; i < argc; i++) {
		r = replay(argv[i]);
		if (r < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-r));
			return 2;
		}
	}
	return argc > 1 ? 0 : 2;
}

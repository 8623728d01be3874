/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preload.h: the page that the preloaded library and the tracer read, and the
 * library and the probe themselves, which this one carries as bytes.
 *
 * The library (sandbox/inside/preload.c) shows dynamic programs a clock, an order of
 * directory entries, and inode and device numbers that the experiment chose.  It
 * is configured through a file beside it, "page", mapped shared, and not through
 * the environment: an action that writes its environment into its output must not
 * see the experiment.  Everything it needs of a C library it asks for at run time, so that one
 * build serves glibc and musl.
 */
#ifndef SANDBOX_PRELOAD_H
#define SANDBOX_PRELOAD_H

#include <stddef.h>
#include <stdint.h>

#define PRELOAD_MAGIC   UINT32_C(0x72706b31)
#define PRELOAD_DEVICES 16

/* enum action_clock and enum action_order, for the library, which is built without the C library's headers. */
#define PRELOAD_CLOCK_FROZEN   1
#define PRELOAD_ORDER_AS_IT_IS 0
#define PRELOAD_ORDER_SORTED   1
#define PRELOAD_ORDER_REVERSED 2

/* The file "page". The sandbox writes the first part before the action starts; the rest is shared and changes. */
struct preload_page {
	uint32_t magic;
	uint32_t clock;          /* enum action_clock */
	int64_t clock_sec;       /* what CLOCK_REALTIME shows at first */
	int64_t start_sec, start_nsec; /* the real time when the action started: files with later times were made by it */
	uint32_t readdir;        /* enum action_order */
	uint32_t device_count;
	struct {
		uint64_t real, shown; /* dev_t */
	} devices[PRELOAD_DEVICES];
	uint64_t inode_shift;
	/* Shared, atomic. */
	uint64_t slept_ns;       /* what the action's processes slept (naps below 0.1 s apart): the frozen clock moves on by it */
	uint64_t programs;       /* that loaded the library */
	uint64_t clock_reads, readdirs, stats;
};

/* The bytes of preload.so and of the probe, embedded at build time. */
extern const unsigned char preload_library[], preload_probe[];
extern const size_t preload_library_size, preload_probe_size;

#endif

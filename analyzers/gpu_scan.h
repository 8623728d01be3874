/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_scan.h: containers of GPU code, found in any bytes.
 *
 * A candidate stands at a multiple of 4 and begins with a magic; it counts when
 * all of it makes sense: a fat binary whose chain of entries ends exactly where
 * its header says, a bundle whose table and objects lie inside, a compressed
 * bundle whose data begins as its method does.  What is found is skipped, so
 * containers never overlap and are given in ascending order; payloads are
 * not touched.
 */
#ifndef ANALYZERS_GPU_SCAN_H
#define ANALYZERS_GPU_SCAN_H

#include <stdint.h>

enum gpu_format { GPU_FATBIN, GPU_BUNDLE, GPU_BUNDLE_COMPRESSED };
#define GPU_FORMATS_ALL 7u

/* `formats`: 1u << format for each that is wanted. A negative result of the callback ends it and is returned. */
int gpu_scan(const uint8_t *data, uint64_t size, unsigned formats,
	     int (*found)(void *ctx, enum gpu_format format, uint64_t off, uint64_t len), void *ctx);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for a library with GPU code: finds its containers through its wrappers, as the CUDA runtime does, and
 * answers what is in them.  LEA: code forms the address of one too.  MIDDLE: data points into one.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct wrapper {
	uint32_t magic, version;
	const uint8_t *data;
	const void *name;
};
extern struct wrapper wrappers[], wrappers_end[];
#if defined(LEA) || defined(MIDDLE)
extern const uint8_t fat1[] __attribute__((visibility("hidden")));
#endif
#ifdef MIDDLE
const uint8_t *const middle = fat1 + 24;
#endif

int fatbins_list(FILE *f);

int fatbins_list(FILE *f)
{
	const struct wrapper *w;

	for (w = wrappers; w < wrappers_end; w++) {
		uint64_t size, pos = 16, payload;
		uint32_t magic, header, arch;
		uint16_t kind;

		memcpy(&magic, w->data, 4);
		memcpy(&size, w->data + 8, 8);
		if (w->magic != 0x466243B1 || magic != 0xBA55ED50)
			return -1;
		for (; pos < 16 + size; pos += header + payload) {
			unsigned sum = 0;
			uint64_t i;

			memcpy(&kind, w->data + pos, 2);
			memcpy(&header, w->data + pos + 4, 4);
			memcpy(&payload, w->data + pos + 8, 8);
			memcpy(&arch, w->data + pos + 28, 4);
			for (i = 0; i < header + payload; i++)
				sum = sum * 31 + w->data[pos + i];
			fprintf(f, "%d %u %u %08x\n", (int)(w - wrappers), kind, arch, sum);
		}
	}
#ifdef LEA
	return fat1 == wrappers[1].data ? 0 : -2;
#elif defined(MIDDLE)
	return middle == wrappers[1].data + 24 ? 0 : -2;
#else
	return 0;
#endif
}

#ifdef PROGRAM
int main(void)
{
	return fatbins_list(stdout) ? 1 : 0;
}
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What assemblers put between functions: zeros, int3 (0xcc), and the NOPs that
 * Intel recommends (SDM volume 2B, NOP: 90, and 0F 1F /0 with any addressing),
 * each with 66, 2E or F2/F3 prefixes; on AArch64 d503201f.
 */
#include "analyzers/code.h"

#include "base/bytes.h"

/* The length of 0F 1F's ModRM operand with its SIB and displacement. */
static unsigned operand_length(uint8_t modrm, uint8_t sib)
{
	unsigned mod = modrm >> 6, rm = modrm & 7, n = 1;

	if (mod == 3)
		return 1;
	if (rm == 4) {
		n++;
		rm = sib & 7;
	}
	return n + (mod == 1 ? 1 : mod == 2 || rm == 5 ? 4 : 0);
}

/* The length of the NOP at p; 0: no NOP. */
static uint64_t nop_length(const uint8_t *p, uint64_t n)
{
	uint64_t i = 0;

	while (i < n && (p[i] == 0x66 || p[i] == 0x2e || p[i] == 0xf2 || p[i] == 0xf3 || p[i] == 0x48))
		i++;
	if (i < n && (p[i] == 0x90 || p[i] == 0xcc || p[i] == 0x00))
		return i && p[i] == 0x00 ? 0 : i + 1;
	if (n - i < 4 || p[i] != 0x0f || p[i + 1] != 0x1f || (p[i + 2] & 0x38))
		return 0;
	i += 2 + operand_length(p[i + 2], p[i + 3]);
	return i <= n ? i : 0;
}

static bool is_aarch64_nops(const uint8_t *p, uint64_t n)
{
	uint64_t i;

	for (i = 0; n - i >= 4; i += 4)
		if (load_le32(p + i) != 0xd503201f)
			return false;
	return i == n;
}

bool code_is_padding(const uint8_t *code, uint64_t size)
{
	uint64_t i = 0, n;

	if (size && is_aarch64_nops(code, size))
		return true;
	while (i < size) {
		n = nop_length(code + i, size - i);
		if (!n)
			return false;
		i += n;
	}
	return true;
}

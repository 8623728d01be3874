/* SPDX-License-Identifier: Apache-2.0 */
/*
 * code.c: disassembly through capstone.
 *
 * Work is bounded: at most CODE_LEAD bytes before the place are decoded to get
 * in step with the instructions.  When the code begins earlier than that, the
 * decoding starts in the middle; x86 code falls into step after a few
 * instructions.  Versions of capstone before 5 do not know all extensions of
 * x86: what does not decode is stepped over a byte (or a word) at a time.
 */
#include "analyzers/code.h"

#include <capstone/capstone.h>
#include <stdio.h>

#define CODE_LEAD       16384
#define INSTRUCTION_MAX 16
#define CODE_WINDOW     64 /* decoded past the place at most */

struct machine_mode {
	cs_arch arch;
	cs_mode mode;
	unsigned step; /* how instructions are aligned */
	bool endian;   /* the byte order of instructions follows that of data */
};

static const struct machine_mode modes[] = {
	[CODE_X86] = { CS_ARCH_X86, CS_MODE_32, 1, false },
	[CODE_X86_64] = { CS_ARCH_X86, CS_MODE_64, 1, false },
	[CODE_ARM] = { CS_ARCH_ARM, CS_MODE_ARM, 4, true },
	[CODE_AARCH64] = { CS_ARCH_ARM64, CS_MODE_ARM, 4, false },
	[CODE_PPC] = { CS_ARCH_PPC, CS_MODE_32, 4, true },
	[CODE_PPC64] = { CS_ARCH_PPC, CS_MODE_64, 4, true },
	[CODE_MIPS] = { CS_ARCH_MIPS, CS_MODE_MIPS32, 4, true },
	[CODE_MIPS64] = { CS_ARCH_MIPS, CS_MODE_MIPS64, 4, true },
	[CODE_SPARC] = { CS_ARCH_SPARC, CS_MODE_BIG_ENDIAN, 4, false },
	[CODE_SPARC64] = { CS_ARCH_SPARC, CS_MODE_BIG_ENDIAN | CS_MODE_V9, 4, false },
	[CODE_S390X] = { CS_ARCH_SYSZ, CS_MODE_BIG_ENDIAN, 2, false },
};

static bool open_machine(const struct code_target *t, csh *ret)
{
	const struct machine_mode *m = &modes[t->machine];
	cs_mode mode = m->mode;

	if (t->machine == CODE_UNKNOWN)
		return false;
	if (m->endian && t->big)
		mode = (cs_mode)((unsigned)mode | (unsigned)CS_MODE_BIG_ENDIAN);
	return cs_open(m->arch, mode, ret) == CS_ERR_OK;
}

static void print_bytes(const uint8_t *p, size_t n, char *out, size_t size)
{
	size_t i, at = 0;

	if (size)
		out[0] = 0;
	for (i = 0; i < n && at + 4 < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%02x", i ? " " : "", p[i]);
}

static void print_instruction(const cs_insn *insn, const char *hex, char *out, size_t size)
{
	(void)snprintf(out, size, "%llx: %s%s%s  [%s]", (unsigned long long)insn->address, insn->mnemonic,
		       *insn->op_str ? " " : "", insn->op_str, hex);
}

/* Walks instructions until one covers `off`. */
static void walk(csh handle, cs_insn *insn, const uint8_t *code, uint64_t size, uint64_t address,
		 uint64_t off, unsigned step, char *out, size_t out_size)
{
	char hex[3 * INSTRUCTION_MAX + 1];
	uint64_t at = 0, n;

	while (at <= off) {
		const uint8_t *p = code + at;
		size_t left = size - at;
		uint64_t where = address + at;
		bool known = cs_disasm_iter(handle, &p, &left, &where, insn);

		n = known && insn->size ? insn->size : step;
		if (n > size - at)
			n = size - at;
		if (off - at < n) {
			print_bytes(code + at, n, hex, sizeof(hex));
			if (known)
				print_instruction(insn, hex, out, out_size);
			else
				(void)snprintf(out, out_size, "%llx: .byte  [%s]",
					       (unsigned long long)(address + at), hex);
			return;
		}
		at += n;
	}
}

bool code_context(const struct code_target *t, const uint8_t *code, uint64_t size, uint64_t address,
		  uint64_t off, char *out, size_t out_size)
{
	unsigned step = modes[t->machine].step;
	cs_insn *insn;
	uint64_t skip;
	csh handle;

	if (off >= size || !open_machine(t, &handle))
		return false;
	insn = cs_malloc(handle);
	if (insn) {
		skip = off > CODE_LEAD ? (off - CODE_LEAD) / step * step : 0;
		code += skip;
		size -= skip;
		off -= skip;
		if (size - off > CODE_WINDOW)
			size = off + CODE_WINDOW;
		walk(handle, insn, code, size, address + skip, off, step, out, out_size);
		cs_free(insn, 1);
	}
	(void)cs_close(&handle);
	return insn != NULL;
}

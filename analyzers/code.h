/* SPDX-License-Identifier: Apache-2.0 */
/*
 * code.h: machine code as text, for the context of a place.
 *
 *	struct code_target t = { .machine = CODE_X86_64 };
 *	code_context(&t, bytes, size, address, off, out, sizeof(out))
 *
 * disassembles from `bytes` (best the start of a function, so that instructions
 * of varying length are met at their starts) and prints the instruction that
 * covers offset `off`, one line: address, instruction, bytes.  Instructions
 * that the disassembler does not know are printed as bytes; it never fails for
 * them, only for an unknown machine or an offset outside.
 */
#ifndef ANALYZERS_CODE_H
#define ANALYZERS_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum code_machine {
	CODE_UNKNOWN,
	CODE_X86,
	CODE_X86_64,
	CODE_ARM,
	CODE_AARCH64,
	CODE_PPC,
	CODE_PPC64,
	CODE_MIPS,
	CODE_MIPS64,
	CODE_SPARC,
	CODE_SPARC64,
	CODE_S390X,
};

struct code_target {
	enum code_machine machine;
	bool big; /* byte order of data; where a machine has both */
};

bool code_context(const struct code_target *t, const uint8_t *code, uint64_t size, uint64_t address,
		  uint64_t off, char *out, size_t out_size);

/* Nothing but what assemblers fill the space between functions with (code_padding.c); true for no bytes. */
bool code_is_padding(const uint8_t *code, uint64_t size);

#endif

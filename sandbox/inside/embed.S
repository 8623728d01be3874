/* SPDX-License-Identifier: Apache-2.0 */
/* embed.S: the preloaded library and the probe as bytes (sandbox/preload.h). LIBRARY and PROBE name the files. */

	.macro bytes name, file
	.globl \name, \name\()_size
	.type \name, %object
	.type \name\()_size, %object
	.balign 16
\name:
	.incbin "\file"
0:
	.size \name, 0b - \name
	.balign 8
\name\()_size:
	.quad 0b - \name
	.size \name\()_size, 8
	.endm

	.section .rodata
	bytes preload_library, LIBRARY
	bytes preload_probe, PROBE

	.section .note.GNU-stack, "", %progbits

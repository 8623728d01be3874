/* SPDX-License-Identifier: Apache-2.0 */
/* scan.py as bytes. The compiler runs at the top of the tree. */
#include "depgraph/python/scanner_text.h"

__asm__(".pushsection .rodata\n"
	".global python_scanner_text\n"
	".type python_scanner_text, %object\n"
	"python_scanner_text:\n"
	".incbin \"depgraph/python/scan.py\"\n"
	".byte 0\n"
	".size python_scanner_text, . - python_scanner_text\n"
	".popsection\n");

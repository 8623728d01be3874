/* SPDX-License-Identifier: Apache-2.0 */
/* scanner_text.h: the program that the interpreter runs: scan.py, terminated. */
#ifndef DEPGRAPH_PYTHON_SCANNER_TEXT_H
#define DEPGRAPH_PYTHON_SCANNER_TEXT_H

extern const char python_scanner_text[];

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats we know, in the order of probing: strong magics first, formats
 * that are recognised by a weaker sign (tar's checksum, libarchive's) last.
 */
#include "analyzers/formats.h"

const struct analyzer *const analyzers[] = {
	&elf_analyzer,
	&ar_analyzer,
	&gzip_analyzer,
	&zip_analyzer,
	&rpm_analyzer,
	&fatbin_analyzer,
	&hip_bundle_analyzer,
	&hip_compressed_analyzer,
	&png_analyzer,
	&macho_analyzer,
	&javaclass_analyzer,
	&wasm_analyzer,
	&gettext_analyzer,
	&sqlite_analyzer,
	&gcov_analyzer,
	&pch_analyzer,
	&bitcode_analyzer,
	&pe_analyzer,
	&pyc_analyzer,
	&cpio_analyzer,
	&tar_analyzer,
	&filter_analyzer,
	&archive_analyzer,
	&entries_analyzer,
	NULL,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * formats.h: the analyzers, one a format. Each is documented in its own file, with the source of its facts.
 */
#ifndef ANALYZERS_FORMATS_H
#define ANALYZERS_FORMATS_H

#include "analyzers/layout.h"

extern const struct analyzer elf_analyzer;            /* elf.c, elf_*.c */
extern const struct analyzer ar_analyzer;             /* ar.c: GNU, BSD, thin; deb packages are ar */
extern const struct analyzer tar_analyzer;            /* tar.c: ustar, GNU, pax */
extern const struct analyzer zip_analyzer;            /* zip.c: zip, jar, whl */
extern const struct analyzer gzip_analyzer;           /* gzip.c */
extern const struct analyzer cpio_analyzer;           /* cpio.c: newc, crc, odc, binary */
extern const struct analyzer rpm_analyzer;            /* rpm.c: lead, signature header, header, payload */
extern const struct analyzer filter_analyzer;         /* filter.c: xz, bzip2, zstd, lz4, lzip, lzma, compress: one stream */
extern const struct analyzer archive_analyzer;        /* archive.c: 7z, iso9660, cab, lha, xar... through libarchive */
extern const struct analyzer entries_analyzer;        /* archive.c: what archive_analyzer decodes to: a listing and bodies */
extern const struct analyzer fatbin_analyzer;         /* fatbin.c: NVIDIA fat binaries */
extern const struct analyzer hip_bundle_analyzer;     /* hip.c: clang offload bundles */
extern const struct analyzer hip_compressed_analyzer; /* hip.c: CCOB */
extern const struct analyzer pyc_analyzer;            /* pyc.c, marshal.c */
extern const struct analyzer png_analyzer;            /* png.c */
extern const struct analyzer pe_analyzer;             /* pe.c: PE and COFF objects */
extern const struct analyzer macho_analyzer;          /* macho.c: thin and fat */
extern const struct analyzer javaclass_analyzer;      /* javaclass.c */
extern const struct analyzer wasm_analyzer;           /* wasm.c */
extern const struct analyzer gettext_analyzer;        /* gettext.c: .mo */
extern const struct analyzer sqlite_analyzer;         /* sqlite.c */
extern const struct analyzer gcov_analyzer;           /* gcov.c: .gcno, .gcda */
extern const struct analyzer pch_analyzer;            /* pch.c: gcc and clang precompiled headers, clang modules */
extern const struct analyzer bitcode_analyzer;        /* bitcode.c: LLVM bitcode and its wrapper */

/*
 * Every container that NVIDIA's tools put into a section (any section), found by magic and a valid chain of entries.
 * Calls found(ctx, off, len) in ascending order.
 */
int fatbin_scan(const uint8_t *data, uint64_t size, int (*found)(void *ctx, uint64_t off, uint64_t len), void *ctx);

/* Decoders shared by several formats; `out` is initialised by the caller. Whole buffers in, spooled bytes out.
 * -EBADMSG with err on malformed input, -EFBIG over budget. deflate: *ret_used is the input consumed. */
/* What a spool's refusal means: over the budget (the input's fault), or no room for it (the host's). Returns r. */
int decode_not_stored(int r, struct error *err);
enum deflate_wrapper { DEFLATE_RAW, DEFLATE_ZLIB, DEFLATE_GZIP };
int decode_deflate(enum deflate_wrapper w, const uint8_t *in, uint64_t size, uint64_t size_hint, struct spool *out,
		   uint64_t *ret_used, struct error *err);
int decode_zstd(const uint8_t *in, uint64_t size, struct spool *out, struct error *err);      /* all frames */
int decode_lz4_block(const uint8_t *in, uint64_t size, uint64_t plain_size, struct spool *out, struct error *err);
/* xz, bzip2, lzip, lzma, compress, lz4 frames... through libarchive's raw format with named filters only. */
int decode_filter(const uint8_t *in, uint64_t size, struct spool *out, struct error *err);
/* The name of what is inside: the last component without its compression suffix ("x.tgz": "x.tar"). Returns `out`. */
const char *decoded_name(const char *name, char out[256]);
/* The same for what a window holds: the member it is the body of, else the part, else the content. */
const char *decoded_name_of(const struct layout *l, char out[256]);

#endif

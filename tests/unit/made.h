/* SPDX-License-Identifier: Apache-2.0 */
/*
 * made.h: inputs made by the real tools, in the scratch directory.
 *
 * made_by("clang lld-link", "clang ... && lld-link ...") runs the script there;
 * a tool that is not installed skips the test and says so, a script that fails
 * fails it.  hammer() is what every reader of a format must stand: all prefixes
 * up to 4 KiB, and single damaged bytes.
 */
#ifndef TESTS_UNIT_MADE_H
#define TESTS_UNIT_MADE_H

#include "tests/unit/put.h"
#include "tests/unit/scratch.h"
#include "tests/unit/walk.h"

struct made {
	uint8_t *data;
	size_t size;
};

static inline bool made_has(const char *tool)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "command -v '%s' >/dev/null 2>&1", tool);
	return system(command) == 0;
}

static inline __attribute__((unused)) void made_by(const char *tools, const char *script)
{
	char command[8192], tool[64];
	size_t len;

	for (; *tools; tools += len + (tools[len] == ' ')) {
		len = strcspn(tools, " ");
		(void)snprintf(tool, sizeof(tool), "%.*s", (int)len, tools);
		if (!made_has(tool)) {
			print_message("skipped: %s is not installed\n", tool);
			skip();
		}
	}
	(void)snprintf(command, sizeof(command),
		       "cd '%s' && export LC_ALL=C && (set -e; %s) >log 2>&1 || { cat log; false; }",
		       scratch_dir, script);
	assert_int_equal(system(command), 0);
}

static inline __attribute__((unused)) struct made made_file(const char *name)
{
	struct made m = { 0 };
	FILE *f = fopen(scratch_path(name), "rb");

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	m.size = (size_t)ftell(f);
	rewind(f);
	m.data = malloc(m.size ? m.size : 1);
	assert_non_null(m.data);
	assert_int_equal(fread(m.data, 1, m.size, f), m.size);
	(void)fclose(f);
	return m;
}

/* The file's layout, which must be of that analyzer, with every note a failure and every proof right. */
static inline __attribute__((unused)) struct layout *made_layout(const char *name, const char *analyzer)
{
	struct made m = made_file(name);
	struct layout *l = layout_of(m.data, m.size);
	struct proofs proofs = { 0 };

	free(m.data);
	assert_string_equal(l->analyzer->name, analyzer);
	assert_string_equal(l->note_count ? l->notes[0].text : "", "");
	walk_layout(l, "", 0, proof_visit, &proofs);
	assert_string_equal(proofs.first_wrong, "");
	return l;
}

static inline __attribute__((unused)) void assert_field(struct layout *l, const char *path,
							enum meaning meaning)
{
	struct find_path f = find_path(l, path);

	if (f.count != 1)
		print_message("%s: found %u times\n", path, f.count);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.kind, PART_FIELD);
	assert_int_equal(f.meaning, meaning);
}

static inline __attribute__((unused)) void assert_value(struct layout *l, const char *path,
							enum meaning meaning, const void *bytes, size_t n)
{
	struct find_path f = find_path(l, path);

	assert_field(l, path, meaning);
	assert_int_equal(f.len, n);
	assert_memory_equal(f.bytes, bytes, n < 255 ? n : 255);
}

static inline __attribute__((unused)) void assert_text(struct layout *l, const char *path,
						       enum meaning meaning, const char *text)
{
	assert_value(l, path, meaning, text, strlen(text));
}

static inline __attribute__((unused)) void assert_proved(struct layout *l, const char *path)
{
	struct find_path f = find_path(l, path);

	assert_int_equal(f.count, 1);
	assert_true(f.proved);
}

static inline __attribute__((unused)) void assert_kind(struct layout *l, const char *path,
						       enum part_kind kind)
{
	struct find_path f = find_path(l, path);

	if (f.count == 0)
		print_message("%s: not found\n", path);
	assert_true(f.count > 0);
	assert_int_equal(f.kind, kind);
}

static inline __attribute__((unused)) void hammer(const uint8_t *data, size_t size)
{
	size_t head = size < 4096 ? size : 4096;

	walk_truncations(data, head, 1);
	walk_damages(data, head, head / 256 + 1);
}

static inline __attribute__((unused)) void hammer_file(const char *name)
{
	struct made m = made_file(name);

	hammer(m.data, m.size);
	free(m.data);
}

#endif

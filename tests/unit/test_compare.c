/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as a whole.  The first contract is checked on files of many
 * formats with random edits: what the findings hold adds up to what cmp counts,
 * whatever was done to the bytes.
 */
#include "base/cleanup.h"
#include "reprocheck/compare/compare.h"
#include "tests/unit/cmp.h"
#include "tests/unit/random.h"
#include "tests/unit/scratch.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

static struct comparison *compare(const char *a, const char *b)
{
	const struct compare_options o = { .jobs = 2, .no_source = true };
	struct comparison *c = NULL;

	assert_int_equal(compare_builds((const char *const[]){ a, b }, 2, &o, &c, NULL), 0);
	return c;
}

static void check(const uint8_t *a, size_t n, const uint8_t *b, size_t m)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	uint64_t sum = 0, want = cmp_count(a, n, b, m);
	size_t i, k;

	scratch_write(scratch_path("a"), a, n);
	scratch_write(scratch_path("b"), b, m);
	c = compare(scratch_path("a"), scratch_path("b"));
	assert_false(c->trouble);
	assert_int_equal(c->totals.differing, want);
	for (i = 0; i < c->space_count; i++) {
		const struct space *s = c->spaces[i];
		uint64_t in_space = 0;

		for (k = 0; k < s->finding_count; k++)
			in_space += s->findings[k].bytes;
		assert_int_equal(in_space, s->totals.differing);
		sum += s->depth ? 0 : in_space;
	}
	assert_int_equal(sum, want);
}

/* A few random edits: substitutions, insertions, deletions, a block moved. */
static size_t edit(const uint8_t *in, size_t n, uint8_t *out, size_t max)
{
	size_t edits = 1 + random_next() % 4, size = n;

	memcpy(out, in, n);
	while (edits--) {
		size_t at = size ? random_next() % size : 0, len = 1 + random_next() % 40;

		switch (random_next() % 4) {
		case 0:
			if (size)
				out[at] ^= (uint8_t)(1 + random_next() % 255);
			break;
		case 1:
			if (size + len <= max) {
				memmove(out + at + len, out + at, size - at);
				memset(out + at, (int)random_next() & 255, len);
				size += len;
			}
			break;
		case 2:
			len = len < size - at ? len : size - at;
			memmove(out + at, out + at + len, size - at - len);
			size -= len;
			break;
		default:
			if (size >= 2 * len + at) {
				uint8_t block[64];

				memcpy(block, out + at, len);
				memmove(out + at, out + at + len, len);
				memcpy(out + at + len, block, len);
			}
		}
	}
	return size;
}

static void check_edits(const uint8_t *in, size_t n, int rounds)
{
	AUTO_FREE uint8_t *out = malloc(n + 4096);

	while (rounds--) {
		size_t m = edit(in, n, out, n + 4096);

		check(in, n, out, m);
	}
}

static size_t read_file(const char *path, uint8_t *out, size_t max)
{
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(out, 1, max, f) : 0;

	if (f)
		(void)fclose(f);
	return n;
}

/* The running test itself is an ELF program with debug information; a part of it has every kind of table. */
static void elf_programs_conserve(void **state)
{
	static uint8_t in[512 << 10];
	size_t n;

	(void)state;
	(void)chdir(scratch_dir);
	if (system("printf 'int g; int f(int x){return x+g;} int main(void){return f(1);}' >c.c && cc -g -o elf c.c 2>/dev/null") != 0)
		skip();
	n = read_file("elf", in, sizeof(in));
	check_edits(in, n, 120);
}

static void archives_conserve(void **state)
{
	static uint8_t in[256 << 10];
	const char *const made[] = { "ar rcU x.out one two three", "tar cf x.out one two three", "gzip -c three >x.out",
				     "tar czf x.out one two three" };
	size_t i, n;

	(void)state;
	(void)chdir(scratch_dir);
	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		(void)remove("x.out");
		assert_int_equal(system("seq 1 100 >one; seq 5 300 >two; seq 1000 2000 >three"), 0);
		if (system(made[i]) != 0)
			continue;
		n = read_file("x.out", in, sizeof(in));
		assert_true(n > 0);
		check_edits(in, n, 60);
	}
}

static void text_conserves(void **state)
{
	static uint8_t in[20000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = i % 37 == 36 ? '\n' : (uint8_t)('a' + random_next() % 20);
	check_edits(in, sizeof(in), 100);
}

static void raw_bytes_conserve(void **state)
{
	static uint8_t in[30000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)random_next();
	check_edits(in, sizeof(in), 100);
	check(in, 0, in, sizeof(in));
	check(in, sizeof(in), in, 0);
	check(in, 1000, in + 5000, 1000);
}

static const struct finding *only_finding(const struct comparison *c, enum byte_class class)
{
	const struct finding *found = NULL;
	size_t i, k;

	for (i = 0; i < c->space_count; i++)
		for (k = 0; k < c->spaces[i]->finding_count; k++)
			if (c->spaces[i]->findings[k].class == class) {
				assert_null(found);
				found = &c->spaces[i]->findings[k];
			}
	assert_non_null(found);
	return found;
}

static void one_inserted_byte_is_one_finding(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	static uint8_t in[50000], out[50001];
	const struct finding *f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)random_next();
	memcpy(out, in, 20000);
	out[20000] = (uint8_t)~in[20000];
	memcpy(out + 20001, in + 20000, sizeof(in) - 20000);
	scratch_write(scratch_path("a"), in, sizeof(in));
	scratch_write(scratch_path("b"), out, sizeof(out));
	c = compare(scratch_path("a"), scratch_path("b"));
	f = only_finding(c, CLASS_UNEXPLAINED);
	assert_int_equal(f->bytes, 1);
	assert_int_equal(f->place_count, 1);
	assert_int_equal(f->places[0].b_off, 20000);
	f = only_finding(c, CLASS_DERIVED);
	assert_string_equal(f->cause->id, CAUSE_MOVED);
	assert_int_equal(f->from_count, 1);
}

static void lines_in_another_order_are_named(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;

	(void)state;
	scratch_write(scratch_path("a"), "alpha line\nbeta line\ngamma line\ndelta line\n", 43);
	scratch_write(scratch_path("b"), "alpha line\ngamma line\nbeta line\ndelta line\n", 43);
	c = compare(scratch_path("a"), scratch_path("b"));
	assert_string_equal(only_finding(c, CLASS_PRIMARY)->cause->id, CAUSE_LINE_ORDER);
}

static void directories_are_compared_by_entries_too(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	size_t i, seen = 0;

	(void)state;
	(void)chdir(scratch_dir);
	assert_int_equal(system("mkdir d e && echo 1 >d/same && cp d/same e/ && echo x >d/gone && ln -s t d/l && ln -s u e/l &&"
				"echo m >d/mode && cp d/mode e/ && chmod 600 d/mode && chmod 640 e/mode &&"
				"seq 1000 >d/oldname && cp d/oldname e/newname"), 0);
	c = compare(scratch_path("d"), scratch_path("e"));
	for (i = 0; i < c->entry_count; i++) {
		const struct entry_difference *e = &c->entries[i];

		seen |= strcmp(e->name, "gone") == 0 && strcmp(e->what, "only in A") == 0 ? 1 : 0;
		seen |= strcmp(e->name, "l") == 0 && strcmp(e->what, "link target") == 0 ? 2 : 0;
		seen |= strcmp(e->name, "mode") == 0 && strcmp(e->what, "mode") == 0 ? 4 : 0;
		seen |= strcmp(e->name, "oldname") == 0 && strcmp(e->what, "name") == 0 ? 8 : 0;
	}
	assert_int_equal(seen, 15);
	assert_int_equal(c->entry_count, 4);
	assert_int_equal(c->totals.differing, 2);
}

static void three_builds_are_clustered(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	const struct compare_options o = { .jobs = 1 };
	const char *paths[3];

	(void)state;
	scratch_write(scratch_path("1"), "one\n", 4);
	scratch_write(scratch_path("2"), "two\n", 4);
	scratch_write(scratch_path("3"), "one\n", 4);
	paths[0] = scratch_path("1");
	paths[1] = scratch_path("2");
	paths[2] = scratch_path("3");
	assert_int_equal(compare_builds(paths, 3, &o, &c, NULL), 0);
	assert_int_equal(c->clustering_count, 1);
	assert_int_equal(c->clusterings[0].cluster_count, 2);
	assert_int_equal(c->clusterings[0].clusters[0].build_count, 2);
	assert_int_equal(c->clusterings[0].clusters[0].builds[1], 2);
	assert_false(c->clusterings[0].always_different);
	assert_int_equal(c->space_count, 1);
}

static void a_file_against_a_directory_is_refused(void **state)
{
	const struct compare_options o = { 0 };
	struct comparison *c = NULL;
	struct error err = { 0 };

	(void)state;
	scratch_write(scratch_path("a"), "x", 1);
	assert_int_equal(compare_builds((const char *const[]){ scratch_path("a"), scratch_dir }, 2, &o, &c, &err), -EINVAL);
	assert_null(c);
}

/* Results must not depend on the number of threads. */
static void threads_do_not_change_the_findings(void **state)
{
	static uint8_t in[600000], out[600200];
	struct comparison *c[2] = { NULL, NULL };
	size_t i, k, n;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = i % 61 == 60 ? '\n' : (uint8_t)('a' + random_next() % 20);
	n = edit(in, sizeof(in), out, sizeof(out));
	scratch_write(scratch_path("a"), in, sizeof(in));
	scratch_write(scratch_path("b"), out, n);
	for (i = 0; i < 2; i++) {
		const struct compare_options o = { .jobs = i ? 4 : 1 };

		assert_int_equal(compare_builds((const char *const[]){ scratch_path("a"), scratch_path("b") }, 2, &o, &c[i], NULL), 0);
	}
	assert_int_equal(c[0]->spaces[0]->finding_count, c[1]->spaces[0]->finding_count);
	for (i = 0; i < c[0]->spaces[0]->finding_count; i++) {
		const struct finding *f = &c[0]->spaces[0]->findings[i], *g = &c[1]->spaces[0]->findings[i];

		assert_string_equal(f->id, g->id);
		assert_int_equal(f->bytes, g->bytes);
		assert_int_equal(f->place_count, g->place_count);
		assert_int_equal(f->places_kept, g->places_kept);
		for (k = 0; k < f->places_kept; k++)
			assert_int_equal(f->places[k].a_off, g->places[k].a_off);
	}
	comparison_free(c[0]);
	comparison_free(c[1]);
}

/* Pieces of segments and chunks of the walk overlap; a place is still one place. */
static void places_are_counted_once(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	enum { SIZE = 9 << 20, EVERY = 1000 };
	AUTO_FREE uint8_t *in = malloc(SIZE);
	const struct finding *f;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < SIZE; i++)
		in[i] = (uint8_t)(0x80 | (random_next() & 0x3f)); /* never text */
	scratch_write(scratch_path("a"), in, SIZE);
	for (i = 777; i < SIZE; i += EVERY, n++)
		in[i] ^= 1;
	scratch_write(scratch_path("b"), in, SIZE);
	c = compare(scratch_path("a"), scratch_path("b"));
	f = only_finding(c, CLASS_UNEXPLAINED);
	assert_int_equal(f->bytes, n);
	assert_int_equal(f->place_count, n);
	assert_int_equal(f->places[0].a_off, 777);
}

/* Two changed lines that also changed places go with what they resemble. */
static void crossed_items_are_paired_by_resemblance(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	const char *a = "head\n/tmp/build/first\n/tmp/build/first/source/unit.cc\ntail\n";
	const char *b = "head\n/tmp/build/other/source/unit.cc\n/tmp/build/other\ntail\n";
	const struct finding *f;

	(void)state;
	scratch_write(scratch_path("a"), a, strlen(a));
	scratch_write(scratch_path("b"), b, strlen(b));
	c = compare(scratch_path("a"), scratch_path("b"));
	f = only_finding(c, CLASS_PRIMARY);
	assert_string_equal(f->cause->id, "build-path");
	assert_int_equal(f->place_count, 2);
	assert_int_equal(f->places[0].a_len, 5);
	assert_int_equal(f->places[0].b_len, 5);
	assert_true(f->places[0].b_off > f->places[1].b_off);
}

/* Literals that changed side by side, with nothing between them to align by. */
static void neighbouring_strings_are_paired_in_step(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	static const char a[] = "\1\2\3\4\0\0\0\0alice@buildhost-17\0\0\0\0" "7d577c96-8326-42cc-8c20-4f28cbb76b34\0\5\6";
	static const char b[] = "\1\2\3\4\0\0\0\0bob@ci-3\0\0" "22180a47-9416-47e4-94a6-d9397e45714e\0\5\6";
	size_t i;

	(void)state;
	scratch_write(scratch_path("a"), a, sizeof(a));
	scratch_write(scratch_path("b"), b, sizeof(b));
	c = compare(scratch_path("a"), scratch_path("b"));
	assert_int_equal(c->totals.by_class[CLASS_UNEXPLAINED], 0);
	for (i = 0; i < c->spaces[0]->finding_count; i++) {
		const char *id = c->spaces[0]->findings[i].cause->id;

		assert_true(strcmp(id, "build-user") == 0 || strcmp(id, "random-uuid") == 0 || strcmp(id, CAUSE_MOVED) == 0);
	}
	assert_int_equal(c->spaces[0]->finding_count, 4); /* alignment moved, and what moved by the user's name */
}

static void other_kinds_of_one_name_differ_in_type(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;

	(void)state;
	(void)chdir(scratch_dir);
	assert_int_equal(system("mkdir d e && mkfifo d/x && echo 1 >e/x"), 0);
	c = compare(scratch_path("d"), scratch_path("e"));
	assert_int_equal(c->entry_count, 1);
	assert_string_equal(c->entries[0].what, "type");
	assert_string_equal(c->entries[0].a, "fifo");
}

/* A section that the other program lacks is no file that the build forgot to declare. */
static void parts_of_a_program_are_not_members(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	size_t i;

	(void)state;
	(void)chdir(scratch_dir);
	if (system("echo 'int f(void){return 1;}' >c.c && cc -c c.c -o a && cc -g -c c.c -o b 2>/dev/null") != 0)
		skip();
	c = compare(scratch_path("a"), scratch_path("b"));
	assert_false(c->trouble);
	for (i = 0; i < c->spaces[0]->finding_count; i++)
		assert_string_not_equal(c->spaces[0]->findings[i].cause->id, CAUSE_ONE_SIDE);
}

/* Of many places the first ones are kept, whichever thread came first. */
static void the_lowest_places_are_kept(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	const struct compare_options o = { .jobs = 4, .no_source = true };
	enum { SIZE = 12 << 20, EVERY = 1500 };
	AUTO_FREE uint8_t *in = malloc(SIZE);
	const struct finding *f;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE; i++)
		in[i] = (uint8_t)(0x80 | (random_next() & 0x3f));
	scratch_write(scratch_path("a"), in, SIZE);
	for (i = 0; i < SIZE; i += EVERY)
		in[i] ^= 1;
	scratch_write(scratch_path("b"), in, SIZE);
	assert_int_equal(compare_builds((const char *const[]){ scratch_path("a"), scratch_path("b") }, 2, &o, &c, NULL), 0);
	f = only_finding(c, CLASS_UNEXPLAINED);
	assert_int_equal(f->places_kept, PLACES_MAX_DEFAULT);
	for (i = 0; i < f->places_kept; i++)
		assert_int_equal(f->places[i].a_off, i * EVERY);
}

/* An insertion that a deletion further on makes up for: few positions differ, and yet nearly all of them moved. */
static void a_shift_within_equal_lengths_is_seen(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	enum { SIZE = 100000, AT = 80000 };
	AUTO_FREE uint8_t *in = malloc(SIZE);
	AUTO_FREE uint8_t *out = malloc(SIZE);
	size_t i;

	(void)state;
	for (i = 0; i < SIZE; i++)
		in[i] = (uint8_t)(0x80 | (random_next() & 0x3f));
	memcpy(out, in, AT);
	out[AT] = 'x';
	memcpy(out + AT + 1, in + AT, SIZE - AT - 1);
	scratch_write(scratch_path("a"), in, SIZE);
	scratch_write(scratch_path("b"), out, SIZE);
	c = compare(scratch_path("a"), scratch_path("b"));
	assert_true(c->totals.by_class[CLASS_UNEXPLAINED] + c->totals.by_class[CLASS_PRIMARY] <= 4);
	assert_int_equal(c->totals.differing, cmp_count(in, SIZE, out, SIZE));
}

static void a_name_that_is_linked_on_one_side_only_is_compared(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;

	(void)state;
	(void)chdir(scratch_dir);
	assert_int_equal(system("mkdir d e && echo same >d/1 && ln d/1 d/2 && echo same >e/1 && echo else >e/2"), 0);
	c = compare(scratch_path("d"), scratch_path("e"));
	assert_true(c->totals.differing > 0);
	assert_int_equal(c->files_compared, 2);
}

static void three_builds_are_compared_by_entries_too(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	const struct compare_options o = { .jobs = 1 };

	(void)state;
	(void)chdir(scratch_dir);
	assert_int_equal(system("mkdir 1 2 3 && echo x >1/f && cp 1/f 2 && cp 1/f 3 && ln -s t 1/l && ln -s t 2/l && ln -s u 3/l"),
			 0);
	assert_int_equal(compare_builds((const char *const[]){ scratch_path("1"), scratch_path("2"), scratch_path("3") }, 3,
					&o, &c, NULL), 0);
	assert_int_equal(c->entry_count, 1);
	assert_string_equal(c->entries[0].what, "link target");
	assert_string_equal(c->entries[0].name, "l [1:3]");
}

/* An object whose table of symbols ends the file in the middle of one. */
static void a_table_may_end_within_a_record(void **state)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	static const char names[] = "\0.symtab\0.strtab\0.shstrtab";
	enum { STRINGS = 128, HEADERS = 256, SYMBOLS = HEADERS + 4 * sizeof(Elf64_Shdr), PARTIAL = 14,
	       SIZE = SYMBOLS + 40 * sizeof(Elf64_Sym) + PARTIAL };
	uint8_t in[SIZE] = { 0 };
	const Elf64_Ehdr header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
				    .e_type = ET_REL, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_shoff = HEADERS,
				    .e_ehsize = sizeof(header), .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 4, .e_shstrndx = 3 };
	const Elf64_Shdr sections[4] = {
		[1] = { .sh_name = 1, .sh_type = SHT_SYMTAB, .sh_offset = SYMBOLS, .sh_size = SIZE - SYMBOLS, .sh_link = 2,
			.sh_info = 1, .sh_entsize = sizeof(Elf64_Sym) },
		[2] = { .sh_name = 9, .sh_type = SHT_STRTAB, .sh_offset = STRINGS, .sh_size = sizeof(names) },
		[3] = { .sh_name = 17, .sh_type = SHT_STRTAB, .sh_offset = STRINGS, .sh_size = sizeof(names) },
	};
	const struct space *s;
	size_t i, k;

	(void)state;
	memcpy(in, &header, sizeof(header));
	memcpy(in + STRINGS, names, sizeof(names));
	memcpy(in + HEADERS, sections, sizeof(sections));
	scratch_write(scratch_path("a"), in, SIZE);
	in[SIZE - PARTIAL] = 1; /* a name */
	in[SIZE - 1] = 2;	/* within an address */
	scratch_write(scratch_path("b"), in, SIZE);
	c = compare(scratch_path("a"), scratch_path("b"));
	s = c->spaces[0];
	assert_string_equal(s->format, "elf");
	assert_int_equal(c->totals.differing, 2);
	for (i = 0; i < s->finding_count; i++)
		for (k = 0; k < s->findings[i].places_kept; k++)
			assert_true(s->findings[i].places[k].a_off + s->findings[i].places[k].a_len <= SIZE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(raw_bytes_conserve),
		TEST(text_conserves),
		TEST(archives_conserve),
		TEST(elf_programs_conserve),
		TEST(one_inserted_byte_is_one_finding),
		TEST(lines_in_another_order_are_named),
		TEST(directories_are_compared_by_entries_too),
		TEST(three_builds_are_clustered),
		TEST(a_file_against_a_directory_is_refused),
		TEST(threads_do_not_change_the_findings),
		TEST(places_are_counted_once),
		TEST(other_kinds_of_one_name_differ_in_type),
		TEST(parts_of_a_program_are_not_members),
		TEST(neighbouring_strings_are_paired_in_step),
		TEST(crossed_items_are_paired_by_resemblance),
		TEST(the_lowest_places_are_kept),
		TEST(a_shift_within_equal_lengths_is_seen),
		TEST(a_name_that_is_linked_on_one_side_only_is_compared),
		TEST(three_builds_are_compared_by_entries_too),
		TEST(a_table_may_end_within_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

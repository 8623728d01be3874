/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/link/emitted.h"
#include "tests/unit/made.h"
#include "tests/unit/random.h"

#define LINK "cc -O1 -fPIE -pie -fno-inline -Wl,--emit-relocs -ffunction-sections -fdata-sections "

struct model {
	struct content *content;
	struct elf_file *elf;
	struct graph graph;
	struct emitted *emitted;
	struct reach reach;
};

/* False: no ELF file, or nothing to go by. */
static bool open_model(struct model *m, const uint8_t *data, size_t size, const struct string_list *roots)
{
	struct error err = { 0 };
	node_id top;

	*m = (struct model){ .graph = GRAPH_INIT };
	assert_int_equal(content_copy(data, size, "app", &m->content), 0);
	if (elf_file_open(m->content, 0, size, &m->elf, &err) < 0)
		return false;
	top = graph_node(&m->graph, NODE_OUTPUT, GRAPH_NONE, "app", size, 0);
	if (emitted_build(m->elf, roots, &m->graph, top, &m->emitted) <= 0)
		return false;
	assert_int_equal(graph_finish(&m->graph), 0);
	assert_int_equal(graph_reach(&m->graph, &(const struct reach_options){ 0 }, &m->reach), 0);
	return true;
}

static void close_model(struct model *m)
{
	reach_release(&m->reach);
	emitted_free(m->emitted);
	graph_release(&m->graph);
	elf_file_free(m->elf);
	content_unref(m->content);
}

static bool lives(const struct model *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->emitted->count; i++)
		if (strcmp(m->emitted->nodes[i].name, name) == 0)
			return m->reach.live[m->emitted->first + i];
	fail_msg("no function or data object %s", name);
	return false;
}

static struct made program(const char *flags)
{
	char script[4096];

	(void)snprintf(script, sizeof(script),
		       "cat >m.c <<'E'\n"
		       "int puts(const char *); int dead_data[40] = { 1 }, live_data[40] = { 2 };\n"
		       "static int called_by_table(int x) { return x + 1; } static int dead_in_table(int x) { return x + 2; }\n"
		       "static int (*const live_table[])(int) = { called_by_table, puts ? called_by_table : 0, 0 };\n"
		       "static int (*const dead_table[])(int) = { dead_in_table, dead_in_table, 0 };\n"
		       "static int called(int x) { return x * live_data[x]; } static int called_by_dead(int x) { return x * dead_data[x]; }\n"
		       "int switches(int x) { switch (x) { case 0: puts(\"a\"); break; case 1: puts(\"b\"); break; case 2: puts(\"c\"); break;\n"
		       "case 3: puts(\"d\"); break; case 4: puts(\"e\"); break; case 5: puts(\"f\"); } return called_by_dead(x); }\n"
		       "int dead(int x) { return dead_table[x](x) + called_by_dead(x); }\n"
		       "static int started; __attribute__((constructor)) static void starts(void) { started++; }\n"
		       "int main(int c, char **v) { (void)v; return called(c) + live_table[c & 1](c); }\n"
		       "E\n" LINK "%s m.c -o app", flags);
	made_by("cc", script);
	return made_file("app");
}

static void check_program(const char *flags)
{
	struct made f = program(flags);
	struct model m;

	assert_true(open_model(&m, f.data, f.size, NULL));
	assert_true(lives(&m, "main"));
	assert_true(lives(&m, "called"));
	assert_true(lives(&m, "called_by_table"));
	assert_true(lives(&m, "live_table"));
	assert_true(lives(&m, "live_data"));
	assert_true(lives(&m, "starts"));
	assert_true(lives(&m, "started"));
	assert_false(lives(&m, "dead"));
	assert_false(lives(&m, "dead_in_table"));
	assert_false(lives(&m, "dead_table"));
	assert_false(lives(&m, "called_by_dead"));
	assert_false(lives(&m, "dead_data"));
	assert_false(lives(&m, "switches")); /* its own table of jumps does not keep it */
	close_model(&m);
	free(f.data);
}

static void functions_that_nothing_reaches_are_dead(void **state)
{
	(void)state;
	check_program("");
}

/* Calls of static functions have no relocation then. */
static void calls_inside_a_section_are_seen(void **state)
{
	(void)state;
	check_program("-fno-function-sections");
}

static void what_is_told_or_exported_lives(void **state)
{
	const char *names[] = { "dead" };
	const struct string_list roots = { names, 1 };
	struct made f = program("");
	struct model m;

	(void)state;
	assert_true(open_model(&m, f.data, f.size, &roots));
	assert_true(lives(&m, "dead"));
	assert_true(lives(&m, "dead_in_table"));
	assert_false(lives(&m, "switches"));
	close_model(&m);
	free(f.data);
	f = program("-Wl,--export-dynamic");
	assert_true(open_model(&m, f.data, f.size, NULL));
	assert_true(lives(&m, "dead"));
	assert_true(lives(&m, "switches"));
	assert_true(lives(&m, "called_by_dead"));
	close_model(&m);
	free(f.data);
}

static void without_kept_relocations_nothing_is_said(void **state)
{
	struct model m;
	struct made f;

	(void)state;
	made_by("cc", "echo 'int main(void) { return 0; }' >m.c; cc m.c -o app");
	f = made_file("app");
	assert_false(open_model(&m, f.data, f.size, NULL));
	assert_null(m.emitted);
	close_model(&m);
	free(f.data);
}

/* Bytes of the tables and their headers are damaged, the file is cut: any answer is right that is one. */
static void damaged_files_are_survived(void **state)
{
	struct made f = program(""), copy = { malloc(f.size), f.size };
	uint32_t i, k, tables = 0;
	struct model m;

	(void)state;
	assert_non_null(copy.data);
	assert_true(open_model(&m, f.data, f.size, NULL));
	for (i = 1; i < m.elf->section_count; i++) {
		const struct elf_file_section *s = &m.elf->sections[i];
		bool table = emitted_is_table(m.elf, i) || i == m.elf->symtab;

		tables += table;
		for (k = 0; k < 60; k++) {
			uint64_t at = table && s->size_in_file && k % 2 ? s->off + random_next() % s->size_in_file :
									     m.elf->shoff + i * 64 + random_next() % 64;
			struct model damaged;

			memcpy(copy.data, f.data, f.size);
			copy.data[at] = (uint8_t)random_next();
			if (k % 3 == 0 && (at ^ 7) < f.size)
				copy.data[at ^ 7] = 0xff;
			(void)open_model(&damaged, copy.data, k % 10 ? f.size : random_next() % f.size, NULL);
			close_model(&damaged);
		}
	}
	assert_true(tables >= 4);
	close_model(&m);
	free(copy.data);
	free(f.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(functions_that_nothing_reaches_are_dead, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(calls_inside_a_section_are_seen, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(what_is_told_or_exported_lives, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(without_kept_relocations_nothing_is_said, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(damaged_files_are_survived, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

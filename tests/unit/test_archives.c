/* SPDX-License-Identifier: Apache-2.0 */
/* archives_suggest(): static libraries that a link would not miss, from maps, link lines and the link model. */
#include "base/error.h"
#include "depgraph/link/link.h"
#include "depgraph/prune/prune.h"
#include "tests/unit/made.h"

#include <errno.h>

#define SOURCES                                                                                                       \
	"echo 'int used(int x) { return x + 1; }' > u.c; echo 'int spare(void) { return 1; } int data = 3;' > s.c;"    \
	"echo 'int used(int); int main(void) { return used(-1); }' > m.c; cc -c m.c u.c s.c;"                         \
	"ar rc libused.a u.o; ar rc libspare.a s.o; ar rcT libthin.a u.o; ar rcT libthinspare.a s.o;"

struct searched {
	struct inputs in;
	struct prune_options options;
	struct prune prune;
	struct error err;
};

static struct searched *search(const char *map, const char *record, struct link *link)
{
	struct searched *s = calloc(1, sizeof(*s));
	static char line[512];

	assert_non_null(s);
	s->in = (struct inputs)INPUTS_INIT;
	s->in.directory = scratch_dir;
	if (map && inputs_add_as(&s->in, INPUT_MAP, scratch_path(map), &s->err) < 0)
		fail_msg("%s", s->err.message);
	if (record) {
		scratch_write(scratch_path("link.txt"), record, strlen(record));
		(void)snprintf(line, sizeof(line), "%s", scratch_path("link.txt"));
		s->options.link_line = line;
	}
	s->prune = (struct prune){ .options = &s->options, .in = &s->in, .link = link, .found = SUGGESTIONS_INIT };
	if (archives_suggest(&s->prune, &s->err) < 0)
		fail_msg("%s", s->err.message);
	assert_int_equal(suggestions_total(&s->prune.found), 0);
	return s;
}

static void searched_free(struct searched *s)
{
	suggestions_release(&s->prune.found);
	free(s->prune.notes);
	inputs_release(&s->in);
	free(s);
}

static const struct suggestion *about(const struct searched *s, enum suggestion_kind kind, const char *subject)
{
	size_t i;

	for (i = 0; i < s->prune.found.count; i++)
		if (s->prune.found.items[i]->kind == kind && strstr(s->prune.found.items[i]->subject, subject))
			return s->prune.found.items[i];
	return NULL;
}

static void test_gnu_map_alone(void **state)
{
	struct searched *s;
	const struct suggestion *g;

	(void)state;
	made_by("ld.bfd", SOURCES "cc -fuse-ld=bfd -o app m.o libused.a libspare.a libthin.a -Wl,-Map=app.map");
	s = search("app.map", NULL, NULL);
	g = about(s, SUGGEST_UNUSED_ARCHIVE, "libspare.a");
	assert_non_null(g);
	assert_int_equal(g->evidence, EVIDENCE_PROVED);
	assert_string_equal(g->edit, "remove libspare.a from the link line");
	assert_null(g->action);
	assert_int_equal(g->bytes, 0);
	assert_null(about(s, SUGGEST_UNUSED_ARCHIVE, "libused.a"));
	assert_null(about(s, SUGGEST_UNUSED_ARCHIVE, "libgcc.a"));
	assert_int_equal(s->prune.found.count, 2); /* libthin.a has the same member, and was not asked any more */
	searched_free(s);
}

/* GNU ld writes a thin archive's members without the archive. */
static void test_thin_archives(void **state)
{
	struct searched *s;

	(void)state;
	made_by("ld.bfd", SOURCES "mkdir sub && mv u.o sub/ && rm libthin.a && ar rcT sub/libthin.a sub/u.o && "
				  "cc -fuse-ld=bfd -o app m.o sub/libthin.a libthinspare.a -Wl,-Map=app.map");
	s = search("app.map", NULL, NULL);
	assert_null(about(s, SUGGEST_UNUSED_ARCHIVE, "libthin.a"));
	assert_non_null(about(s, SUGGEST_UNUSED_ARCHIVE, "libthinspare.a"));
	searched_free(s);
}

static void with_linker(const char *linker, const char *more, enum evidence_level expected)
{
	char script[1024], record[512], tool[64];
	const struct suggestion *g;
	struct searched *s;

	(void)snprintf(tool, sizeof(tool), "ld.%s", linker);
	(void)snprintf(record, sizeof(record), "cc -fuse-ld=%s -o app m.o %s -L. -lused -lspare -Wl,-Map=app.map", linker, more);
	(void)snprintf(script, sizeof(script), "%s %s", SOURCES, record);
	made_by(tool, script);
	s = search("app.map", record, NULL);
	g = about(s, SUGGEST_UNUSED_ARCHIVE, "libspare.a");
	assert_non_null(g);
	assert_int_equal(g->evidence, expected);
	assert_null(about(s, SUGGEST_UNUSED_ARCHIVE, "libused.a"));
	assert_non_null(strstr(g->edit, "remove -lspare, word "));
	assert_string_equal(json_string_value(json_object_get(g->action, "do")), "relink");
	assert_int_equal(json_array_size(json_object_get(g->action, "drop")), 1);
	assert_true(expected == EVIDENCE_PROVED || g->risk);
	searched_free(s);
}

static void test_gold_map(void **state)
{
	(void)state;
	with_linker("gold", "-Wl,--gc-sections", EVIDENCE_PROVED);
}

static void test_lld_map(void **state)
{
	(void)state;
	with_linker("lld", "-Wl,--no-gc-sections", EVIDENCE_PROVED);
}

/* A member that was taken and collected whole leaves no row in lld's map. */
static void test_lld_map_of_collected_sections(void **state)
{
	(void)state;
	with_linker("lld", "-Wl,--gc-sections", EVIDENCE_HEURISTIC);
}

static void test_mold_map(void **state)
{
	(void)state;
	with_linker("mold", "-Wl,--no-gc-sections", EVIDENCE_PROVED);
}

static void test_listed_twice(void **state)
{
	const struct suggestion *g;
	struct searched *s;

	(void)state;
	made_by("ld.bfd", SOURCES "cc -fuse-ld=bfd -o app m.o libused.a ./libused.a -Wl,-Map=app.map");
	s = search("app.map", "cc -fuse-ld=bfd -o app m.o libused.a ./libused.a -Wl,-Map=app.map", NULL);
	g = about(s, SUGGEST_DUPLICATE_CODE, "libused.a");
	assert_non_null(g);
	assert_int_equal(g->evidence, EVIDENCE_HEURISTIC); /* GNU ld searches again: it may be needed */
	assert_int_equal(json_integer_value(json_array_get(json_object_get(g->action, "drop"), 0)), 6);
	assert_int_equal(s->prune.found.count, 1);
	searched_free(s);
}

/* ---- with a link model made by hand ------------------------------------------------------------------------------- */

struct model {
	struct link link;
	struct link_object objects[2];
	struct link_section sections[64];
	struct input archive, output;
	char path[512];
	struct content *contents[2];
};

static void add_object(struct model *m, const char *file, const char *name, const struct input *archive, bool live)
{
	struct link_object *o = &m->objects[m->link.object_count];
	struct error err = { 0 };
	struct content **content = &m->contents[m->link.object_count];
	uint32_t i;

	assert_int_equal(content_open(AT_FDCWD, scratch_path(file), content, &err), 0);
	*o = (struct link_object){ .input = archive, .name = name, .member = file, .linked = true, .first = m->link.section_count };
	assert_int_equal(elf_file_open(*content, 0, content_size(*content), &o->elf, &err), 0);
	o->count = o->elf->section_count;
	for (i = 0; i < o->count; i++)
		m->sections[m->link.section_count + i] =
			(struct link_section){ .object = m->link.object_count, .index = i, .size = o->elf->sections[i].size,
					       .live = live, .in_output = true, .out_address = UINT64_MAX,
					       .out_off = 0x1000 + 0x100 * m->link.object_count + i * 16 };
	m->link.section_count += o->count;
	m->link.object_count++;
}

static struct model *model_new(bool live)
{
	struct model *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->link = (struct link){ .objects = m->objects, .sections = m->sections, .output = &m->output };
	m->output.path = "app";
	(void)snprintf(m->path, sizeof(m->path), "%s/libspare.a", scratch_dir);
	m->archive = (struct input){ .path = m->path, .link_name = "libspare.a", .kind = INPUT_ARCHIVE,
				     .given = true };
	add_object(m, "s.o", "libspare.a(s.o)", &m->archive, live);
	return m;
}

static struct searched *search_model(struct model *m, const char *record)
{
	struct searched *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->in = (struct inputs)INPUTS_INIT;
	s->in.items = &m->archive;
	s->in.count = 1;
	s->in.directory = scratch_dir;
	if (record) {
		scratch_write(scratch_path("link.txt"), record, strlen(record));
		s->options.link_line = scratch_path("link.txt");
	}
	s->prune = (struct prune){ .options = &s->options, .in = &s->in, .link = &m->link, .found = SUGGESTIONS_INIT };
	assert_int_equal(archives_suggest(&s->prune, &s->err), 0);
	assert_int_equal(suggestions_total(&s->prune.found), 0);
	s->in = (struct inputs)INPUTS_INIT;
	return s;
}

static void model_free(struct model *m)
{
	uint32_t i;

	for (i = 0; i < m->link.object_count; i++) {
		elf_file_free(m->objects[i].elf);
		content_unref(m->contents[i]);
	}
	free(m);
}

static uint64_t loaded_size(const struct elf_file *f)
{
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < f->section_count; i++)
		if (f->sections[i].flags & SHF_ALLOC)
			total += f->sections[i].size;
	return total;
}

static void test_an_archive_that_is_dead_as_a_whole(void **state)
{
	const struct suggestion *g;
	struct searched *s;
	struct model *m;

	(void)state;
	made_by("cc ar", SOURCES);
	m = model_new(false);
	s = search_model(m, "cc -o app m.o -L. -lspare");
	g = about(s, SUGGEST_UNUSED_ARCHIVE, "libspare.a");
	assert_non_null(g);
	assert_int_equal(g->evidence, EVIDENCE_PROVED);
	assert_int_equal(g->loaded, loaded_size(m->objects[0].elf));
	assert_non_null(strstr(g->edit, "add -Wl,--gc-sections"));
	assert_string_equal(json_string_value(json_array_get(json_object_get(g->action, "add"), 0)), "-Wl,--gc-sections");
	assert_true(g->section_count >= 2);
	assert_int_equal(s->prune.found.count, 1);
	searched_free(s);
	model_free(m);
	m = model_new(true);
	s = search_model(m, "cc -o app m.o -L. -lspare");
	assert_int_equal(s->prune.found.count, 0);
	searched_free(s);
	model_free(m);
}

static void test_whole_archives(void **state)
{
	const struct suggestion *g;
	struct searched *s;
	struct model *m;

	(void)state;
	made_by("cc ar", SOURCES);
	m = model_new(true);
	m->objects[0].whole_archive = true;
	s = search_model(m, "cc -o app m.o -Wl,--whole-archive libspare.a -Wl,--no-whole-archive");
	g = about(s, SUGGEST_WHOLE_ARCHIVE, "libspare.a");
	assert_non_null(g);
	assert_int_equal(g->evidence, EVIDENCE_HEURISTIC);
	assert_non_null(g->risk);
	assert_int_equal(g->loaded, loaded_size(m->objects[0].elf));
	assert_string_equal(json_string_value(json_array_get(json_array_get(json_object_get(g->action, "replace"), 0), 1)),
			    "-Wl,--no-whole-archive,libspare.a,--whole-archive");
	searched_free(s);
	model_free(m);
}

static void test_a_member_linked_twice(void **state)
{
	struct input other;
	const struct suggestion *g;
	struct searched *s;
	struct model *m;

	(void)state;
	made_by("cc ar", SOURCES);
	m = model_new(true);
	other = (struct input){ .path = "vendor/libspare.a", .link_name = "vendor/libspare.a", .kind = INPUT_ARCHIVE };
	add_object(m, "s.o", "vendor/libspare.a(s.o)", &other, true);
	s = search_model(m, NULL);
	g = about(s, SUGGEST_DUPLICATE_CODE, "vendor/libspare.a(s.o)");
	assert_non_null(g);
	assert_int_equal(g->evidence, EVIDENCE_HEURISTIC);
	assert_non_null(strstr(g->because, "libspare.a(s.o)"));
	assert_int_equal(s->prune.found.count, 1);
	searched_free(s);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gnu_map_alone, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_thin_archives, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_gold_map, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_lld_map, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_lld_map_of_collected_sections, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_mold_map, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_listed_twice, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_an_archive_that_is_dead_as_a_whole, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_whole_archives, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_a_member_linked_twice, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

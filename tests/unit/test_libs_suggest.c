/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph/libs: unused libraries, exports, debug sections, equal code. */
#include "depgraph/libs/folding.h"
#include "depgraph/libs/libs.h"
#include "tests/unit/linked.h"

#include <errno.h>

/* ---- searching ------------------------------------------------------------------------------------------------------- */

struct searched {
	struct inputs in;
	struct string_list world;
	const char *world_items[4];
	struct prune_options options;
	struct pool *pool;
	struct prune prune;
};

static void search(struct searched *s, const char *const *files, const char *world, int (*provider)(struct prune *, struct error *))
{
	memset(s, 0, sizeof(*s));
	s->in = (struct inputs)INPUTS_INIT;
	s->prune = (struct prune){ .options = &s->options, .in = &s->in, .graph = GRAPH_INIT, .found = SUGGESTIONS_INIT };
	s->options.closed_world = &s->world;
	assert_int_equal(pool_new(1, &s->pool), 0);
	s->prune.pool = s->pool;
	for (; *files; files++)
		assert_int_equal(inputs_add(&s->in, scratch_path(*files), NULL), 0);
	if (world) {
		s->world_items[0] = scratch_path(world);
		s->world = (struct string_list){ s->world_items, 1 };
	}
	assert_int_equal(provider(&s->prune, NULL), 0);
	assert_int_equal(suggestions_total(&s->prune.found), 0);
}

static void searched_release(struct searched *s)
{
	prune_release(&s->prune);
	inputs_release(&s->in);
	pool_free(s->pool);
}

static const struct suggestion *suggested(const struct searched *s, const char *subject)
{
	size_t i;

	for (i = 0; i < s->prune.found.count; i++)
		if (strcmp(s->prune.found.items[i]->subject, subject) == 0)
			return s->prune.found.items[i];
	return NULL;
}

static void test_unused_libraries_and_what_speaks_against(void **state)
{
	static const char *const files[] = { "app", NULL };
	const struct suggestion *g;
	struct searched s;

	(void)state;
	made_by("cc", "echo 'int used(void) { return 1; }' >used.c; echo 'int plain(void) { return 1; }' >plain.c\n"
		      "echo 'int v; __attribute__((constructor)) void hello(void) { v = 1; }' >ctor.c\n"
		      "echo 'int low(void) { return 1; }' >low.c; echo 'int low(void); int mid(void) { return low(); }' >mid.c\n"
		      "echo 'int both(void) { return 1; }' >both.c; echo 'int both(void); int high(void) { return both(); }' >high.c\n"
		      "echo 'int used(void); int mid(void); int high(void); int main(void) { return used() + mid() + high() - 3; }' >x.c\n"
		      "for l in used plain ctor low mid both; do cc -shared -fPIC -o lib$l.so $l.c -Wl,-soname,lib$l.so; done\n"
		      "cc -shared -fPIC -o libhigh.so high.c -Wl,-soname,libhigh.so -Wl,-rpath,'$ORIGIN' -L. -lboth\n"
		      "cc -o app x.c" APP_LIBS "-lused -lplain -lctor -llow -lmid -lboth -lhigh; ./app");
	search(&s, files, NULL, libs_suggest);
	assert_null(suggested(&s, "libused.so"));
	assert_null(suggested(&s, "libmid.so"));
	assert_null(suggested(&s, "libc.so.6"));
	g = suggested(&s, "libplain.so");
	assert_non_null(g);
	assert_int_equal(g->evidence, EVIDENCE_PROVED);
	assert_int_equal(g->bytes, 16);
	assert_true(g->loaded > 1000);
	assert_non_null(strstr(g->edit, "-lplain"));
	assert_string_equal(json_string_value(json_object_get(g->action, "do")), "relink");
	g = suggested(&s, "libctor.so");
	assert_int_equal(g->evidence, EVIDENCE_HEURISTIC);
	assert_non_null(strstr(g->risk, "constructor hello"));
	g = suggested(&s, "liblow.so");
	assert_int_equal(g->evidence, EVIDENCE_HEURISTIC);
	assert_non_null(strstr(g->risk, "libmid.so uses low of liblow.so"));
	g = suggested(&s, "libboth.so");
	assert_int_equal(g->evidence, EVIDENCE_PROVED);
	assert_int_equal(g->loaded, 16);
	assert_non_null(strstr(g->because, "libhigh.so needs it itself"));
	searched_release(&s);
}

static void test_an_interposer_is_not_proved_unused(void **state)
{
	static const char *const files[] = { "app", NULL };
	struct searched s;

	(void)state;
	made_by("cc", "echo 'int shared(void) { return 1; }' >first.c\n"
		      "echo 'int shared(void) { return 2; } int second(void) { return shared(); }' >second.c\n"
		      "echo 'int second(void); int main(void) { return second() - 1; }' >x.c\n"
		      "for l in first second; do cc -shared -fPIC -o lib$l.so $l.c -Wl,-soname,lib$l.so; done\n"
		      "cc -o app x.c" APP_LIBS "-lfirst -lsecond; ./app");
	search(&s, files, NULL, libs_suggest);
	assert_non_null(suggested(&s, "libfirst.so"));
	assert_int_equal(suggested(&s, "libfirst.so")->evidence, EVIDENCE_HEURISTIC);
	assert_non_null(strstr(suggested(&s, "libfirst.so")->risk, "interposes"));
	searched_release(&s);
}

#define WORLD "printf 'int alpha(void) { return 1; } int beta(void) { return 2; } int gamma_(void) { return 3; }' >l.c\n" \
	      "echo 'int alpha(void); int main(void) { return alpha() - 1; }' >x.c\n"

static void test_exports_of_a_closed_world(void **state)
{
	static const char *const files[] = { "libl.so", NULL };
	const struct suggestion *g;
	struct searched s;

	(void)state;
	made_by("cc", WORLD LIB "-o libl.so l.c -Wl,-soname,libl.so; cc -o app x.c" APP_LIBS "-ll");
	search(&s, files, NULL, libs_suggest);
	assert_null(suggested(&s, s.in.items[0].path));
	assert_int_equal(s.prune.note_count, 1);
	assert_non_null(strstr(s.prune.notes[0].text, "exports 3 symbols"));
	searched_release(&s);
	search(&s, files, "app", libs_suggest);
	g = suggested(&s, s.in.items[0].path);
	assert_non_null(g);
	assert_int_equal(g->evidence, EVIDENCE_PROVED);
	assert_int_equal(g->bytes, 2 * sizeof(Elf64_Sym) + sizeof("beta") + sizeof("gamma_"));
	assert_non_null(strstr(g->edit, "{\n    global:\n        alpha;\n    local:\n        *;\n};\n"));
	assert_null(strstr(g->edit, "beta"));
	searched_release(&s);
}

static void test_versions_are_kept_in_the_script(void **state)
{
	static const char *const files[] = { "libl.so", NULL };
	const struct suggestion *g;
	struct searched s;

	(void)state;
	made_by("cc", WORLD "printf 'V1 { global: alpha; beta; local: *; };\\nV2 { global: gamma_; } V1;\\n' >v.map\n"
			    "cc -shared -fPIC -o libl.so l.c -Wl,-soname,libl.so -Wl,--version-script=v.map; cc -o app x.c" APP_LIBS "-ll");
	search(&s, files, "app", libs_suggest);
	g = suggested(&s, s.in.items[0].path);
	assert_non_null(g);
	assert_non_null(strstr(g->edit, "V1 {\n    global:\n        alpha;\n    local:\n        *;\n};\nV2 {\n} V1;\n"));
	searched_release(&s);
}

static void test_a_consumer_that_calls_dlsym_is_no_proof(void **state)
{
	static const char *const files[] = { "libl.so", NULL };
	const struct suggestion *g;
	struct searched s;

	(void)state;
	made_by("cc", WORLD "echo 'void *dlsym(void *, const char *); int alpha(void); int main(void) { return dlsym(0, \"beta\") == 0 && alpha(); }' >x.c\n"
			    "cc -shared -fPIC -o libl.so l.c -Wl,-soname,libl.so; cc -w -o app x.c" APP_LIBS "-ll -ldl");
	search(&s, files, "app", libs_suggest);
	g = suggested(&s, s.in.items[0].path);
	assert_non_null(g);
	assert_int_equal(g->evidence, EVIDENCE_HEURISTIC);
	assert_non_null(strstr(g->edit, "        alpha;\n        beta;\n"));
	searched_release(&s);
}

static void test_debug_sections_are_counted_once(void **state)
{
	static const char *const files[] = { "app", NULL };
	uint64_t all = 0, i;
	struct searched s;

	(void)state;
	made_by("cc", "{ for i in $(seq 200); do echo \"struct s$i { int a$i; long b$i; }; struct s$i v$i; int f$i(int x) { return x + v$i.a$i; }\"; done; "
		      "echo 'int main(void) { return 0; }'; } >x.c; cc -g -o app x.c");
	search(&s, files, NULL, debug_suggest);
	assert_int_equal(s.prune.found.count, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(s.prune.found.items[i]->evidence, EVIDENCE_PROVED);
		assert_int_equal(s.prune.found.items[i]->loaded, 0);
		all += s.prune.found.items[i]->bytes;
	}
	/* Compressing saves nothing of what is split off. */
	for (i = 0; i < 3; i++)
		if (strstr(s.prune.found.items[i]->subject, "compressed")) {
			assert_true(s.prune.found.items[i]->bytes > 1000);
			assert_int_equal(s.prune.found.items[i]->additional, 0);
			all -= s.prune.found.items[i]->bytes;
		}
	assert_int_equal(s.prune.found.bytes_if_all, all);
	searched_release(&s);
}

/* ---- folding ------------------------------------------------------------------------------------------------------------- */

#define TWINS "int g(int); int h(int); static int v;\n" \
	      "int one(int x) { return g(x) * 17 + g(x + 1) * 3 + v++; }\n" \
	      "int two(int x) { return g(x) * 17 + g(x + 1) * 3 + v++; }\n" \
	      "int other(int x) { return h(x) * 17 + g(x + 1) * 3 + v++; }\n" \
	      "int ping(int x) { return x ? pong_(x - 1) : 0; } int pong_(int x) { return x ? ping(x - 1) : 0; }\n"

/* A link of one object, as link/ would give it. */
struct one_object {
	struct opened file;
	struct link link;
	struct link_object object;
	struct link_section *sections;
};

static struct one_object *link_object(const char *name)
{
	struct one_object *l = calloc(1, sizeof(*l));
	uint32_t i;

	assert_non_null(l);
	l->file = open_elf(name);
	l->sections = calloc(l->file.elf->section_count, sizeof(*l->sections));
	assert_non_null(l->sections);
	for (i = 1; i < l->file.elf->section_count; i++)
		l->sections[i - 1] = (struct link_section){ .index = i, .size = l->file.elf->sections[i].size, .in_output = true,
							    .out_off = UINT64_MAX };
	l->object = (struct link_object){ .elf = l->file.elf, .name = name, .linked = true };
	l->object.count = l->file.elf->section_count - 1;
	l->link = (struct link){ .objects = &l->object, .object_count = 1, .sections = l->sections,
				 .section_count = l->object.count };
	return l;
}

static void link_object_free(struct one_object *l)
{
	close_elf(&l->file);
	free(l->sections);
	free(l);
}

/* "one=two ping=pong": names of the sections in each group. */
static const char *folds(struct one_object *l, bool safe)
{
	static char text[1024];
	struct folding f;
	size_t i;

	assert_int_equal(folding_objects(&l->link, safe, &f), 0);
	text[0] = '\0';
	for (i = 0; i < f.count; i++) {
		const char *name = l->file.elf->sections[l->sections[f.items[i].item].index].name;

		(void)sprintf(text + strlen(text), "%s%s", i == 0 ? "" : f.items[i].group == f.items[i - 1].group ? "=" : " ",
			      strrchr(name, '.') + 1);
	}
	folding_release(&f);
	return text;
}

#define CC_TWINS " -O1 -fno-inline -ffunction-sections -fno-optimize-sibling-calls -c x.c -o x.o"

static void test_equal_functions_of_an_object(void **state)
{
	struct one_object *l;

	(void)state;
	made_by("gcc", "printf 'int pong_(int);\\n" TWINS "' >x.c; gcc -fno-ipa-icf -fno-toplevel-reorder" CC_TWINS);
	l = link_object("x.o");
	assert_non_null(strstr(folds(l, false), "one=two"));
	assert_non_null(strstr(folds(l, false), "ping=pong_"));
	assert_null(strstr(folds(l, false), "other"));
	/* gcc says nothing about addresses: none is safe. */
	assert_string_equal(folds(l, true), "");
	link_object_free(l);
}

static void test_addresses_that_are_taken_are_not_safe(void **state)
{
	struct one_object *l;

	(void)state;
	made_by("clang", "printf 'int pong_(int);\\n" TWINS "int (*taken)(int) = ping;\\n' >x.c; clang -fPIC" CC_TWINS);
	l = link_object("x.o");
	assert_non_null(strstr(folds(l, false), "one=two"));
	assert_non_null(strstr(folds(l, true), "one=two"));
	assert_null(strstr(folds(l, true), "ping"));
	link_object_free(l);
}

static void test_equal_functions_of_a_linked_file(void **state)
{
	struct opened o;
	struct folding f;
	uint64_t one = 0, i;
	struct elf_file_symbol s;

	(void)state;
	made_by("gcc", "printf 'int pong_(int);\\n" TWINS "int g(int x) { return x; } int h(int x) { return -x; } int main(void) { return one(1) + two(2) + other(3) + ping(4); }' >x.c\n"
		       "gcc -O1 -fno-inline -fno-ipa-icf -fno-ipa-cp -fno-optimize-sibling-calls -o app x.c");
	o = open_elf("app");
	if (folding_symbols(o.elf, &f) == -ENOTSUP) {
		close_elf(&o);
		skip();
	}
	for (i = 0; i < f.count; i++) {
		assert_true(elf_file_symbol(o.elf, o.elf->symtab, f.items[i].item, &s));
		assert_string_not_equal(s.name, "other");
		one += strcmp(s.name, "one") == 0 || strcmp(s.name, "two") == 0;
	}
	assert_int_equal(one, 2);
	folding_release(&f);
	close_elf(&o);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
		IN_SCRATCH(test_unused_libraries_and_what_speaks_against),
		IN_SCRATCH(test_an_interposer_is_not_proved_unused),
		IN_SCRATCH(test_exports_of_a_closed_world),
		IN_SCRATCH(test_versions_are_kept_in_the_script),
		IN_SCRATCH(test_a_consumer_that_calls_dlsym_is_no_proof),
		IN_SCRATCH(test_debug_sections_are_counted_once),
		IN_SCRATCH(test_equal_functions_of_an_object),
		IN_SCRATCH(test_addresses_that_are_taken_are_not_safe),
		IN_SCRATCH(test_equal_functions_of_a_linked_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

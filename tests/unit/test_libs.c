/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph/libs: the loader's cache and search, bindings, what runs at load. */
#include "depgraph/libs/closure.h"
#include "depgraph/libs/ldcache.h"
#include "depgraph/libs/ldconf.h"
#include "depgraph/libs/libs.h"
#include "depgraph/libs/startup.h"
#include "depgraph/libs/traces.h"
#include "tests/unit/linked.h"

#include <errno.h>

/* ---- ld.so.cache ------------------------------------------------------------------------------------------------ */

struct cache_row {
	const char *name, *path;
	uint64_t hwcap;
};

static void put_cache(struct bytes *b, const struct cache_row *rows, uint32_t n, const char *hwcap, bool big)
{
	size_t start = b->len, strings = start + 48 + 24 * (size_t)n, i;
	size_t at = strings - start, extension;

	put(b, "glibc-ld.so.cache1.1", 20);
	put_uint(b, n, 4, big);
	put_uint(b, 0, 4, big);
	put_uint(b, big ? 3 : 2, 1, big);
	put_uint(b, 0, 3, big);
	extension = b->len;
	put_uint(b, 0, 4, big);
	put_uint(b, 0, 8, big);
	put_uint(b, 0, 4, big);
	for (i = 0; i < n; i++) {
		put_uint(b, 0x0303, 4, big);
		put_uint(b, at, 4, big);
		at += strlen(rows[i].name) + 1;
		put_uint(b, at, 4, big);
		at += strlen(rows[i].path) + 1;
		put_uint(b, 0, 4, big);
		put_uint(b, rows[i].hwcap, 8, big);
	}
	for (i = 0; i < n; i++) {
		put(b, rows[i].name, strlen(rows[i].name) + 1);
		put(b, rows[i].path, strlen(rows[i].path) + 1);
	}
	if (!hwcap)
		return;
	at = b->len - start;
	put(b, hwcap, strlen(hwcap) + 1);
	store_uint(b->data + extension, b->len - start, 4, big);
	put_uint(b, 0xeaa42174, 4, big);
	put_uint(b, 1, 4, big);
	put_uint(b, 1, 4, big);
	put_uint(b, 0, 4, big);
	put_uint(b, b->len - start + 8, 4, big);
	put_uint(b, 4, 4, big);
	put_uint(b, at, 4, big);
}

static int open_cache(const struct bytes *b, size_t n, struct ldcache **ret)
{
	struct content *c;
	int r;

	assert_int_equal(content_copy(b->data, n, "cache", &c), 0);
	r = ldcache_open(c, ret, NULL);
	content_unref(c);
	return r;
}

static int list_entry(void *ctx, const struct ldcache_entry *e)
{
	strcat(ctx, e->path);
	strcat(ctx, e->hwcap ? e->hwcap : "");
	strcat(ctx, " ");
	return 0;
}

static const char *found_in(const struct ldcache *c, const char *name)
{
	static char text[512];

	text[0] = '\0';
	assert_int_equal(ldcache_find(c, name, list_entry, text), 0);
	return text;
}

static const struct cache_row rows[] = {
	{ "libb.so.1", "/opt/libb.so.1", 0 },
	{ "liba.so.1", "/lib/glibc-hwcaps/x86-64-v3/liba.so.1", (UINT64_C(1) << 62) },
	{ "liba.so.1", "/lib/liba.so.1", 0 },
	{ "libold.so.1", "/lib/haswell/libold.so.1", 4 },
	{ "libodd.so.1", "relative/libodd.so.1", 0 },
};

static void cache_says(bool big)
{
	struct bytes b = { 0 };
	struct ldcache *c;

	put_cache(&b, rows, 5, "x86-64-v3", big);
	assert_int_equal(open_cache(&b, b.len, &c), 0);
	assert_string_equal(found_in(c, "liba.so.1"), "/lib/glibc-hwcaps/x86-64-v3/liba.so.1x86-64-v3 /lib/liba.so.1 ");
	assert_string_equal(found_in(c, "libb.so.1"), "/opt/libb.so.1 ");
	assert_string_equal(found_in(c, "libold.so.1"), "");
	assert_string_equal(found_in(c, "libodd.so.1"), "");
	assert_string_equal(found_in(c, "libc"), "");
	ldcache_free(c);
}

static void test_cache_in_both_byte_orders(void **state)
{
	(void)state;
	cache_says(false);
	cache_says(true);
}

static void test_cache_behind_an_old_one_and_alone(void **state)
{
	struct bytes b = { 0 };
	struct ldcache *c;

	(void)state;
	put(&b, "ld.so-1.7.0\0", 12);
	put_uint(&b, 1, 4, false);
	put_uint(&b, 3, 4, false);
	put_uint(&b, 0, 4, false);
	put_uint(&b, 10, 4, false);
	put(&b, "libx.so.1\0/old/libx.so.1", 25);
	assert_int_equal(open_cache(&b, b.len, &c), 0);
	assert_string_equal(found_in(c, "libx.so.1"), "/old/libx.so.1 ");
	ldcache_free(c);
	b.len = 28;
	put_uint(&b, 0, 4, false);
	put_cache(&b, rows, 5, "x86-64-v3", false);
	assert_int_equal(open_cache(&b, b.len, &c), 0);
	assert_string_equal(found_in(c, "libx.so.1"), "");
	assert_string_equal(found_in(c, "libb.so.1"), "/opt/libb.so.1 ");
	ldcache_free(c);
}

static void test_cache_cut_off_or_lying(void **state)
{
	struct bytes b = { 0 };
	struct ldcache *c;
	size_t n;

	(void)state;
	put_cache(&b, rows, 5, "x86-64-v3", false);
	for (n = 0; n < b.len; n++)
		if (open_cache(&b, n, &c) == 0)
			ldcache_free(c);
	for (n = 0; n < 48; n++)
		assert_int_equal(open_cache(&b, n, &c), -EBADMSG);
	store_uint(b.data + 20, UINT32_MAX, 4, false);
	assert_int_equal(open_cache(&b, b.len, &c), -EBADMSG);
}

/* ---- the search --------------------------------------------------------------------------------------------------- */

/* "name=path below the scratch directory(how)" of each library, in order. */
static const char *closure_of(const char *program, const struct closure_options *options)
{
	static char text[4096];
	struct opened o = open_elf(program);
	struct closure *c;
	uint32_t i;

	assert_int_equal(closure_find(o.elf, scratch_path(program), options, &c, NULL), 0);
	text[0] = '\0';
	for (i = 1; i < c->count; i++) {
		const char *path = c->libraries[i].path;

		if (path && strncmp(path, scratch_dir, strlen(scratch_dir)) == 0)
			path += strlen(scratch_dir);
		(void)sprintf(text + strlen(text), "%s%s=%s", i > 1 ? " " : "", c->libraries[i].name, path ? path : "?");
		if (c->libraries[i].how)
			(void)sprintf(text + strlen(text), "(%s)", c->libraries[i].how);
	}
	closure_free(c);
	close_elf(&o);
	return text;
}

static const struct closure_options plain = { .hwcaps = "", .no_cache = true };

static void test_runpath_is_not_inherited_and_rpath_is(void **state)
{
	(void)state;
	made_by("cc", "mkdir -p d e; echo 'int b;' >b.c; echo 'int a;' >a.c; echo 'int x;' >x.c\n"
		      LIB "-o e/libb.so b.c -Wl,-soname,libb.so\n"
		      LIB "-o d/liba.so -Wl,--no-as-needed a.c -Le -lb -Wl,-soname,liba.so\n"
		      LIB "-o run x.c -Wl,--no-as-needed -Ld -la -Wl,--enable-new-dtags,-rpath,'$ORIGIN/d:$ORIGIN/e'\n"
		      LIB "-o rpath x.c -Wl,--no-as-needed -Ld -la -Wl,--disable-new-dtags,-rpath,'${ORIGIN}/d:$ORIGIN/e'");
	assert_string_equal(closure_of("run", &plain), "liba.so=/d/liba.so(RUNPATH) libb.so=?");
	assert_string_equal(closure_of("rpath", &plain), "liba.so=/d/liba.so(RPATH) libb.so=/e/libb.so(RPATH of its loader)");
}

static void test_library_path_goes_before_runpath_and_after_rpath(void **state)
{
	struct closure_options o = plain;

	(void)state;
	made_by("cc", "mkdir -p d e; echo 'int a;' >a.c; echo 'int x;' >x.c\n"
		      LIB "-o d/liba.so a.c -Wl,-soname,liba.so; cp d/liba.so e\n"
		      LIB "-o run x.c -Wl,--no-as-needed -Ld -la -Wl,--enable-new-dtags,-rpath,'$ORIGIN/d'\n"
		      LIB "-o rpath x.c -Wl,--no-as-needed -Ld -la -Wl,--disable-new-dtags,-rpath,'$ORIGIN/d'");
	o.library_path = scratch_path("e");
	assert_string_equal(closure_of("run", &o), "liba.so=/e/liba.so(LD_LIBRARY_PATH)");
	assert_string_equal(closure_of("rpath", &o), "liba.so=/d/liba.so(RPATH)");
}

/* Another class, and what is no ELF at all, are passed over. */
static void test_files_for_others_are_passed_over(void **state)
{
	(void)state;
	made_by("cc", "mkdir -p d e; echo 'int a;' >a.c; echo 'int x;' >x.c\n"
		      LIB "-o e/liba.so a.c -Wl,-soname,liba.so; echo text >d/liba.so\n"
		      LIB "-o app x.c -Wl,--no-as-needed -Le -la -Wl,--enable-new-dtags,-rpath,'$ORIGIN/d:$ORIGIN/e'");
	assert_string_equal(closure_of("app", &plain), "liba.so=/e/liba.so(RUNPATH)");
	made_by("cc", "cp e/liba.so d/liba.so; printf '\\001' | dd of=d/liba.so bs=1 seek=4 conv=notrunc");
	assert_string_equal(closure_of("app", &plain), "liba.so=/e/liba.so(RUNPATH)");
	made_by("cc", "cp e/liba.so d/liba.so; printf '\\001\\001' | dd of=d/liba.so bs=1 seek=18 conv=notrunc");
	assert_string_equal(closure_of("app", &plain), "liba.so=/e/liba.so(RUNPATH)");
}

/* a needs b, b needs a; c is asked for by two names of one file. */
static void test_cycles_and_second_names_are_one_library(void **state)
{
	(void)state;
	made_by("cc", "echo 'int a;' >a.c; echo 'int x;' >x.c\n"
		      LIB "-o libb.so a.c -Wl,-soname,libb.so\n"
		      LIB "-o liba.so a.c -Wl,--no-as-needed -L. -lb -Wl,-soname,liba.so -Wl,-rpath,'$ORIGIN'\n"
		      LIB "-o libb.so a.c -Wl,--no-as-needed -L. -la -Wl,-soname,libb.so -Wl,-rpath,'$ORIGIN'\n"
		      LIB "-o libc1.so a.c; ln -sf libc1.so libc2.so\n"
		      LIB "-o app x.c -Wl,--no-as-needed -L. -la -lc1 -lc2 -Wl,-rpath,'$ORIGIN'");
	assert_string_equal(closure_of("app", &plain),
			    "liba.so=/liba.so(RUNPATH) libc1.so=/libc1.so(RUNPATH) libb.so=/libb.so(RUNPATH)");
}

static void test_sysroot_with_directories_of_its_own(void **state)
{
	struct closure_options o = plain;
	char root[512];

	(void)state;
	(void)snprintf(root, sizeof(root), "%s/root", scratch_dir);
	o.sysroot = root;
	made_by("cc", "mkdir -p root/etc/ld.so.conf.d root/usr/lib root/opt/mine root/opt/glob/glibc-hwcaps/x86-64-v9 root/bin\n"
		      "printf '# directories\\ninclude ld.so.conf.d/*.conf\\n\\n/opt/mine=libc6 \\n' >root/etc/ld.so.conf\n"
		      "echo '  /opt/glob/ # slash' >root/etc/ld.so.conf.d/a.conf; ln -s /opt/mine/libl.so.2 root/opt/mine/libl.so\n"
		      "echo 'int a;' >a.c; echo 'int x;' >x.c; for l in m g u; do " LIB "-o lib$l.so a.c -Wl,-soname,lib$l.so; done\n"
		      LIB "-o libl.so a.c -Wl,-soname,libl.so; cp libm.so root/opt/mine; cp libl.so root/opt/mine/libl.so.2\n"
		      "cp libg.so root/opt/glob; cp libg.so root/opt/glob/glibc-hwcaps/x86-64-v9; cp libu.so root/usr/lib\n"
		      LIB "-o root/bin/app x.c -Wl,--no-as-needed -L. -lm -lg -lu -ll");
	assert_string_equal(closure_of("root/bin/app", &o),
			    "libm.so=/root/opt/mine/libm.so(default directory) libg.so=/root/opt/glob/libg.so(default directory) "
			    "libu.so=/root/usr/lib/libu.so(default directory) libl.so=/root/opt/mine/libl.so.2(default directory)");
	o.hwcaps = "x86-64-v9:x86-64-v8";
	assert_non_null(strstr(closure_of("root/bin/app", &o), "libg.so=/root/opt/glob/glibc-hwcaps/x86-64-v9/libg.so"));
}

static void test_given_libraries_go_first(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct closure_options o = plain;

	(void)state;
	made_by("cc", "mkdir -p d e; echo 'int a;' >a.c; echo 'int x;' >x.c\n"
		      LIB "-o d/liba.so a.c -Wl,-soname,liba.so; cp d/liba.so e\n"
		      LIB "-o app x.c -Wl,--no-as-needed -Ld -la -Wl,-rpath,'$ORIGIN/d'");
	assert_int_equal(inputs_add(&in, scratch_path("e/liba.so"), NULL), 0);
	o.given = &in;
	assert_string_equal(closure_of("app", &o), "liba.so=/e/liba.so(given)");
	inputs_release(&in);
}

/* ---- bindings ------------------------------------------------------------------------------------------------------- */

struct bound {
	struct opened file;
	struct closure *closure;
	struct bindings *bindings;
	struct bindings_result all;
};

static struct bound bind(const char *program)
{
	struct bound b = { .file = open_elf(program) };

	assert_int_equal(closure_find(b.file.elf, scratch_path(program), &plain, &b.closure, NULL), 0);
	assert_int_equal(bindings_new(b.closure, &b.bindings), 0);
	assert_int_equal(bindings_resolve(b.bindings, CLOSURE_NONE, &b.all), 0);
	return b;
}

static void unbind(struct bound *b)
{
	bindings_result_release(&b->all);
	bindings_free(b->bindings);
	closure_free(b->closure);
	close_elf(&b->file);
}

/* The library that a symbol of an importer (by index) binds to; "-": none; "": it is not looked up. */
static const char *binds_to(const struct bound *b, uint32_t importer, const char *symbol, enum binding_kind kind)
{
	size_t i;

	for (i = 0; i < b->all.count; i++) {
		const struct binding *x = &b->all.items[i];

		if (x->importer == importer && x->kind == kind &&
		    strcmp(bindings_name(b->bindings, importer, x->symbol), symbol) == 0)
			return x->library == CLOSURE_NONE ? "-" : b->closure->libraries[x->library].name;
	}
	return "";
}

static void test_first_definition_wins_and_weak_may_be_missing(void **state)
{
	struct bound b;

	(void)state;
	made_by("cc", "echo 'int f(void) { return 1; }' >a.c; echo 'int f(void) { return 2; } int g(void) { return f(); }' >b.c\n"
		      "echo 'int f(void); int g(void); extern int w(void) __attribute__((weak)); int _start(void) { return f() + g() + (w ? w() : 0); }' >x.c\n"
		      LIB "-o liba.so a.c; " LIB "-o libb.so b.c; cc -nostdlib -pie -fPIE -o app x.c" APP_LIBS "-la -lb");
	b = bind("app");
	assert_string_equal(binds_to(&b, 0, "f", BINDING_IMPORT), "liba.so");
	assert_string_equal(binds_to(&b, 0, "g", BINDING_IMPORT), "libb.so");
	assert_string_equal(binds_to(&b, 0, "w", BINDING_WEAK), "-");
	assert_string_equal(binds_to(&b, 2, "f", BINDING_OWN), "liba.so");
	unbind(&b);
	made_by("cc", LIB "-Wl,-Bsymbolic -o libb.so b.c -fno-plt");
	b = bind("app");
	assert_string_not_equal(binds_to(&b, 2, "f", BINDING_OWN), "liba.so");
	unbind(&b);
}

static void test_versions_choose_among_definitions(void **state)
{
	struct bound b;

	(void)state;
	made_by("cc", "printf 'V1 { };\\nV2 { } V1;\\n' >v.map\n"
		      "echo 'int f1(void) { return 1; } int f2(void) { return 2; } __asm__(\".symver f1,f@V1\"); __asm__(\".symver f2,f@@V2\");' >b.c\n"
		      "echo 'V1 { };' >v1.map; echo 'int f1(void) { return 3; } __asm__(\".symver f1,f@V1\");' >a.c\n"
		      "echo 'int f(void); int _start(void) { return f(); }' >x.c\n"
		      LIB "-o libb.so b.c -Wl,--version-script=v.map; cc -nostdlib -pie -fPIE -o app x.c" APP_LIBS "-lb\n"
		      LIB "-o liba.so a.c -Wl,--version-script=v1.map\n"
		      "cc -nostdlib -pie -fPIE -o app x.c" APP_LIBS "-la -lb");
	b = bind("app");
	assert_string_equal(binds_to(&b, 0, "f", BINDING_IMPORT), "libb.so");
	unbind(&b);
}

static void test_copied_variables_come_from_a_library(void **state)
{
	struct bound b;

	(void)state;
	made_by("cc", "echo 'int v = 3;' >a.c; echo 'extern int v; int _start(void) { return v; }' >x.c; " LIB "-o liba.so a.c\n"
		      "cc -nostdlib -no-pie -fno-pie -o app x.c" APP_LIBS "-la");
	b = bind("app");
	if (b.file.elf->machine == EM_X86_64)
		assert_string_equal(binds_to(&b, 0, "v", BINDING_COPY), "liba.so");
	unbind(&b);
}

static void test_resolution_without_an_entry(void **state)
{
	struct bindings_result without;
	struct bound b;
	size_t i, lost = 0;

	(void)state;
	made_by("cc", "echo 'int f(void) { return 1; }' >a.c; echo 'int f(void); int _start(void) { return f(); }' >x.c\n"
		      LIB "-o liba.so a.c; cc -nostdlib -pie -fPIE -o app x.c" APP_LIBS "-la");
	b = bind("app");
	assert_int_equal(bindings_resolve(b.bindings, 0, &without), 0);
	assert_int_equal(without.count, b.all.count);
	assert_int_equal(without.present[1], 0);
	for (i = 0; i < without.count; i++)
		lost += b.all.items[i].library == 1 && without.items[i].library == CLOSURE_NONE;
	assert_int_equal(lost, 1);
	bindings_result_release(&without);
	unbind(&b);
}

/* ---- what runs at load ------------------------------------------------------------------------------------------------ */

static const char *runs(const char *name)
{
	static char what[256];
	struct opened o = open_elf(name);
	bool r = startup_runs_code(o.elf, what, sizeof(what));

	close_elf(&o);
	return r ? what : "";
}

static void test_constructors_and_what_only_looks_like_one(void **state)
{
	(void)state;
	made_by("cc strip", "echo 'int f(void) { return 1; }' >p.c; cc -shared -fPIC -o plain p.c; strip -o stripped plain\n"
			    "echo 'int v; __attribute__((constructor)) void hello(void) { v = 1; }' >c.c; cc -shared -fPIC -o ctor c.c\n"
			    "echo 'int v; __attribute__((destructor)) static void bye(void) { v = 1; }' >d.c; cc -shared -fPIC -o dtor d.c\n"
			    "strip -o dtor-stripped dtor; cc -shared -fPIC -o init p.c -Wl,-init=f");
	assert_string_equal(runs("plain"), "");
	assert_string_equal(runs("stripped"), "");
	assert_string_equal(runs("ctor"), "constructor hello");
	assert_string_equal(runs("dtor"), "destructor bye");
	assert_int_equal(strncmp(runs("dtor-stripped"), "destructor at 0x", 16), 0);
	assert_string_equal(runs("init"), "initialisation function f");
}

static void test_strings_that_name_libraries_and_symbols(void **state)
{
	struct traces t;
	struct bound b;

	(void)state;
	made_by("cc", "echo 'int f(void) { return 1; }' >a.c; echo 'int lonely(void) { return 1; }' >b.c\n"
		      "echo 'void *dlopen(const char *, int); void *dlsym(void *, const char *); int _start(void) { return dlopen(\"plugins/liba.so\", 1) != 0 && dlsym(0, \"lonely\"); }' >x.c\n"
		      "echo 'void *dlopen(const char *n, int f) { return 0; } void *dlsym(void *h, const char *n) { return 0; }' >dl.c\n"
		      LIB "-o liba.so a.c; " LIB "-o libb.so b.c; " LIB "-w -o libdl.so dl.c\n"
		      "cc -nostdlib -pie -fPIE -o app x.c" APP_LIBS "-la -lb -ldl");
	b = bind("app");
	assert_int_equal(traces_find(b.closure, b.bindings, &t), 0);
	assert_int_equal(t.opened[1].module, 0);
	assert_string_equal(t.opened[1].text, "plugins/liba.so");
	assert_null(t.opened[2].text);
	assert_string_equal(t.looked_up[2].text, "lonely");
	assert_null(t.looked_up[1].text);
	traces_release(&t);
	unbind(&b);
}

/* ---- the graph ------------------------------------------------------------------------------------------------------------- */

static void test_libraries_and_symbols_in_the_graph(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct graph g = GRAPH_INIT;
	struct reach reach;
	const struct reach_options all = { 0 };
	size_t i, library = SIZE_MAX, symbol = SIZE_MAX, binds = 0, needed = 0;

	(void)state;
	made_by("cc", "echo 'int f(void) { return 1; }' >a.c; echo 'int f(void); int _start(void) { return f(); }' >x.c\n"
		      LIB "-o liba.so a.c; cc -nostdlib -pie -fPIE -o app x.c" APP_LIBS "-la");
	assert_int_equal(inputs_add(&in, scratch_path("app"), NULL), 0);
	assert_int_equal(libs_graph(&in, &g, NULL), 0);
	assert_int_equal(graph_finish(&g), 0);
	for (i = 0; i < g.node_count; i++) {
		library = g.nodes[i].kind == NODE_LIBRARY && strstr(g.nodes[i].name, "/liba.so") ? i : library;
		symbol = g.nodes[i].kind == NODE_SYMBOL && strcmp(g.nodes[i].name, "f") == 0 ? i : symbol;
	}
	assert_true(library != SIZE_MAX && symbol != SIZE_MAX);
	assert_int_equal(g.nodes[symbol].parent, library);
	for (i = 0; i < g.edge_count; i++) {
		needed += g.edges[i].to == library && edge_kind(&g.edges[i]) == EDGE_NEEDED;
		binds += g.edges[i].to == symbol && edge_kind(&g.edges[i]) == EDGE_BINDS &&
			 strcmp(edge_label(&g, &g.edges[i]), "f") == 0;
	}
	assert_int_equal(needed, 1);
	assert_int_equal(binds, 1);
	assert_int_equal(graph_reach(&g, &all, &reach), 0);
	assert_true(reach.live[library] && reach.live[symbol]);
	reach_release(&reach);
	graph_release(&g);
	inputs_release(&in);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
		cmocka_unit_test(test_cache_in_both_byte_orders),
		cmocka_unit_test(test_cache_behind_an_old_one_and_alone),
		cmocka_unit_test(test_cache_cut_off_or_lying),
		IN_SCRATCH(test_runpath_is_not_inherited_and_rpath_is),
		IN_SCRATCH(test_library_path_goes_before_runpath_and_after_rpath),
		IN_SCRATCH(test_files_for_others_are_passed_over),
		IN_SCRATCH(test_cycles_and_second_names_are_one_library),
		IN_SCRATCH(test_sysroot_with_directories_of_its_own),
		IN_SCRATCH(test_given_libraries_go_first),
		IN_SCRATCH(test_first_definition_wins_and_weak_may_be_missing),
		IN_SCRATCH(test_versions_choose_among_definitions),
		IN_SCRATCH(test_copied_variables_come_from_a_library),
		IN_SCRATCH(test_resolution_without_an_entry),
		IN_SCRATCH(test_constructors_and_what_only_looks_like_one),
		IN_SCRATCH(test_strings_that_name_libraries_and_symbols),
		IN_SCRATCH(test_libraries_and_symbols_in_the_graph),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

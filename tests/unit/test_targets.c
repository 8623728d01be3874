/* SPDX-License-Identifier: Apache-2.0 */
/* Build graphs: what each form tells, which target makes a file, which declared dependency is not needed. */
#include "depgraph/prune/prune.h"
#include "depgraph/targets/targets.h"

#include "base/bytes.h"
#include "base/path.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char directory[64];

static const char *put(const char *name, const void *data, size_t n)
{
	static char path[8][512];
	static unsigned turn;
	char *p = path[turn++ % 8];

	snprintf(p, sizeof(path[0]), "%s/%s", directory, name);
	assert_int_equal(write_file_atomically(p, data, n), 0);
	return p;
}

static void add(struct inputs *in, const char *name, const void *data, size_t n)
{
	struct error err = { 0 };

	assert_int_equal(inputs_add_as(in, INPUT_BUILD_GRAPH, put(name, data, n), &err), 0);
}

static struct target_graph *read_bytes(const char *format, const void *data, size_t n)
{
	struct inputs in = INPUTS_INIT;
	struct target_graph *g = NULL;
	struct error err = { 0 };

	assert_true(targets_probe(data, n));
	assert_string_equal(targets_format(data, n), format);
	add(&in, "graph", data, n);
	assert_int_equal(targets_read(&in, &g, &err), 0);
	inputs_release(&in);
	return g;
}

static struct target_graph *read_text(const char *format, const char *text)
{
	return read_bytes(format, text, strlen(text));
}

static const struct target_dependency *dependency(const struct target_graph *g, const char *from, const char *to)
{
	uint32_t f = target_graph_find(g, from), t = target_graph_find(g, to), i;

	assert_int_not_equal(f, TARGET_NONE);
	assert_int_not_equal(t, TARGET_NONE);
	for (i = 0; i < g->targets[f].dependency_count; i++)
		if (target_dependencies(g, f)[i].to == t)
			return target_dependencies(g, f) + i;
	return NULL;
}

static void assert_depends(const struct target_graph *g, const char *from, const char *to, const char *attribute, bool links,
			   bool reexported)
{
	const struct target_dependency *d = dependency(g, from, to);

	assert_non_null(d);
	assert_string_equal(target_attribute(g, d), attribute);
	assert_int_equal(d->links, links);
	assert_int_equal(d->reexported, reexported);
}

static void assert_owner(const struct target_graph *g, const char *path, const char *label)
{
	uint32_t t = target_graph_owner(g, path, NULL);

	if (!label) {
		assert_int_equal(t, TARGET_NONE);
		return;
	}
	assert_int_not_equal(t, TARGET_NONE);
	assert_string_equal(g->targets[t].label, label);
}

/* Every cut of an input is read or refused with a place, and nothing else. */
static void assert_cuts_are_told(const void *data, size_t n)
{
	size_t cut;

	for (cut = 1; cut < n; cut++) {
		struct inputs in = INPUTS_INIT;
		struct target_graph *g = NULL;
		struct error err = { 0 };
		int r;

		if (!targets_probe(data, cut))
			continue;
		add(&in, "cut", data, cut);
		r = targets_read(&in, &g, &err);
		if (r < 0) {
			assert_int_equal(r, -EBADMSG);
			assert_true(err.has_offset);
			assert_true(err.offset <= cut);
		}
		target_graph_free(g);
		inputs_release(&in);
	}
}

/* ---- Bazel -------------------------------------------------------------------------------------------------- */

#define RULE(NAME, CLASS, ATTRIBUTES) \
	"{\"type\":\"RULE\",\"rule\":{\"name\":\"" NAME "\",\"ruleClass\":\"" CLASS "\",\"location\":\"/ws/BUILD:7:11\"," \
	"\"attribute\":[" ATTRIBUTES "]}}"
#define LABELS(NAME, LIST) "{\"name\":\"" NAME "\",\"type\":\"LABEL_LIST\",\"stringListValue\":[" LIST "],\"explicitlySpecified\":true}"

static const char app_rule[] = RULE("//a:app", "cc_binary", LABELS("deps", "\"//b:lib\",\"@ext//c:d\"") "," LABELS("srcs", "\"//a:main.cc\"") ","
				    LABELS("data", "\"//a:file.txt\",\"//b:lib\""));
static const char lib_rule[] = RULE("//b:lib", "cc_library", LABELS("implementation_deps", "\"//x:y\"") "," LABELS("hdrs", "\"//b:lib.h\"") ","
				    "{\"name\":\"alwayslink\",\"type\":\"BOOLEAN\",\"booleanValue\":true}");
static const char y_rule[] = RULE("//x:y", "cc_library", LABELS("srcs", "\"//x:gen\",\"//x:y.cc\",\"//x:private.h\""));
static const char gen_rule[] = RULE("//x:gen", "genrule", "");

static void check_bazel(const struct target_graph *g)
{
	uint32_t lib = target_graph_find(g, "//b:lib"), y = target_graph_find(g, "//x:y");

	assert_depends(g, "//a:app", "//b:lib", "deps", true, true);
	assert_depends(g, "//a:app", "@ext//c:d", "deps", true, true);
	assert_depends(g, "//b:lib", "//x:y", "implementation_deps", true, false);
	assert_depends(g, "//x:y", "//x:gen", "srcs", true, false);
	assert_true(g->targets[lib].always_linked);
	assert_false(g->targets[y].always_linked);
	assert_string_equal(g->targets[lib].rule, "cc_library");
	assert_string_equal(g->targets[lib].file, "/ws/BUILD");
	assert_int_equal(g->targets[lib].line, 7);
	assert_int_equal(g->targets[y].headers.count, 1);
	assert_string_equal(target_item(g, g->targets[y].headers, 0), "x/private.h");
	assert_false(g->targets[target_graph_find(g, "@ext//c:d")].described);
	assert_int_equal(target_graph_find(g, "//a:file.txt"), TARGET_NONE);
	assert_owner(g, "bazel-out/k8-fastbuild/bin/x/liby.a", "//x:y");
	assert_owner(g, "/root/.cache/exec/bazel-out/k8-opt/bin/x/_objs/y/y.pic.o", "//x:y");
	assert_owner(g, "bazel-bin/b/liblib.pic.a", "//b:lib");
	assert_owner(g, "bazel-out/k8-opt/bin/external/ext/c/libd.a", "@ext//c:d");
	assert_owner(g, "bazel-out/k8-opt/bin/a/app", "//a:app");
	assert_owner(g, "bazel-out/k8-opt/bin/x/libz.a", NULL);
}

static void test_bazel_json(void **state)
{
	char text[8192];
	struct target_graph *g;

	(void)state;
	snprintf(text, sizeof(text), "{\n \"target\": [%s,\n%s,\n%s,%s]\n}\n", app_rule, lib_rule, y_rule, gen_rule);
	g = read_text("Bazel query (JSON)", text);
	check_bazel(g);
	target_graph_free(g);
	assert_cuts_are_told(text, strlen(text) - 2);
	snprintf(text, sizeof(text), "%s\n%s\n%s\n%s\n", app_rule, lib_rule, y_rule, gen_rule);
	g = read_text("Bazel query (streamed JSON)", text);
	check_bazel(g);
	target_graph_free(g);
	snprintf(text, sizeof(text), "{\"results\":[{\"target\":%s,\"configurationId\":1},{\"target\":%s},{\"target\":%s},{\"target\":%s}],\n"
		 "\"configurations\":[{\"id\":1}]}", app_rule, lib_rule, y_rule, gen_rule);
	g = read_text("Bazel query (JSON)", text);
	check_bazel(g);
	target_graph_free(g);
}

static void test_bazel_select_counts_all_branches(void **state)
{
	struct target_graph *g = read_text("Bazel query (streamed JSON)",
		RULE("//a:b", "cc_library", "{\"name\":\"deps\",\"type\":\"LABEL_LIST\",\"selectorList\":{\"elements\":[{\"entries\":["
		     "{\"label\":\"//c:linux\",\"stringListValue\":[\"//d:e\"]},{\"label\":\"//conditions:default\",\"stringListValue\":[\"//d:f\"]}"
		     "]}]}}"));

	(void)state;
	assert_depends(g, "//a:b", "//d:e", "deps", true, true);
	assert_depends(g, "//a:b", "//d:f", "deps", true, true);
	target_graph_free(g);
}

static const char xml_text[] =
	"<?xml version=\"1.1\" encoding=\"UTF-8\" standalone=\"no\"?>\n<query version=\"2\">\n"
	"<rule class=\"cc_binary\" location=\"/ws/BUILD:7:11\" name=\"//a:app\"><list name=\"deps\"><label value=\"//b:lib\"/>"
	"<label value=\"@ext//c:d\"/></list><list name=\"data\"><label value=\"//a:file.txt\"/></list></rule>\n"
	"<rule class=\"cc_library\" location=\"/ws/BUILD:7:11\" name=\"//b:lib\"><list name=\"implementation_deps\"><label value=\"//x:y\"/></list>"
	"<boolean name=\"alwayslink\" value=\"true\"/></rule>\n"
	"<rule class=\"cc_library\" location=\"/ws/BUILD:7:11\" name=\"//x:y\"><list name=\"srcs\"><label value=\"//x:gen\"/>"
	"<label value=\"//x:private.h\"/></list><boolean name=\"alwayslink\" value=\"false\"/></rule>\n"
	"<rule class=\"genrule\" location=\"/ws/BUILD:7:11\" name=\"//x:gen\"/>\n</query>\n";

static void test_bazel_xml(void **state)
{
	struct target_graph *g = read_text("Bazel query (XML)", xml_text);

	(void)state;
	check_bazel(g);
	target_graph_free(g);
	assert_cuts_are_told(xml_text, strlen(xml_text) - 9);
}

static void test_bazel_xml_entities_are_refused(void **state)
{
	static const char text[] = "<?xml version=\"1.0\"?>\n<!DOCTYPE q [<!ENTITY a \"aa\">]>\n<query version=\"2\"><rule name=\"&a;\"/></query>\n";
	struct inputs in = INPUTS_INIT;
	struct target_graph *g = NULL;
	struct error err = { 0 };

	(void)state;
	add(&in, "bomb", text, strlen(text));
	assert_int_equal(targets_read(&in, &g, &err), -EBADMSG);
	assert_non_null(strstr(err.message, "line 2: a document type declaration"));
	inputs_release(&in);
}

/* ---- protocol buffers --------------------------------------------------------------------------------------- */

struct message {
	uint8_t bytes[2048];
	size_t n;
};

static void put_varint(struct message *m, uint64_t v)
{
	for (; v > 127; v >>= 7)
		m->bytes[m->n++] = (uint8_t)(v | 128);
	m->bytes[m->n++] = (uint8_t)v;
}

static void put_bytes(struct message *m, unsigned field, const void *p, size_t n)
{
	put_varint(m, field << 3 | 2);
	put_varint(m, n);
	memcpy(m->bytes + m->n, p, n);
	m->n += n;
}

static void put_text(struct message *m, unsigned field, const char *s) { put_bytes(m, field, s, strlen(s)); }
static void put_message(struct message *m, unsigned field, const struct message *in) { put_bytes(m, field, in->bytes, in->n); }
static void put_number(struct message *m, unsigned field, uint64_t v)
{
	put_varint(m, field << 3);
	put_varint(m, v);
}

static struct message labels(const char *name, const char *first, const char *second)
{
	struct message m = { .n = 0 };

	put_text(&m, 1, name);
	put_number(&m, 2, 6);
	put_text(&m, 6, first);
	if (second)
		put_text(&m, 6, second);
	return m;
}

static struct message proto_rule(const char *name, const char *class_name, const struct message *attributes, size_t count)
{
	struct message rule = { .n = 0 }, target = { .n = 0 };
	size_t i;

	put_text(&rule, 1, name);
	put_text(&rule, 2, class_name);
	put_text(&rule, 3, "/ws/BUILD:7:11");
	for (i = 0; i < count; i++)
		put_message(&rule, 4, &attributes[i]);
	put_number(&target, 1, 1);
	put_message(&target, 2, &rule);
	return target;
}

static void make_targets(struct message ret[4])
{
	struct message always = { .n = 0 };
	struct message app[] = { labels("deps", "//b:lib", "@ext//c:d"), labels("srcs", "//a:main.cc", NULL) };
	struct message lib[] = { labels("implementation_deps", "//x:y", NULL), labels("hdrs", "//b:lib.h", NULL), { .n = 0 } };
	struct message y[] = { labels("srcs", "//x:gen", "//x:private.h") };

	put_text(&always, 1, "alwayslink");
	put_number(&always, 2, 14);
	put_number(&always, 14, 1);
	lib[2] = always;
	ret[0] = proto_rule("//a:app", "cc_binary", app, 2);
	ret[1] = proto_rule("//b:lib", "cc_library", lib, 3);
	ret[2] = proto_rule("//x:y", "cc_library", y, 1);
	ret[3] = proto_rule("//x:gen", "genrule", NULL, 0);
}

static void test_bazel_proto(void **state)
{
	struct message targets[4], result = { .n = 0 }, stream = { .n = 0 }, configured = { .n = 0 };
	struct target_graph *g;
	size_t i;

	(void)state;
	make_targets(targets);
	for (i = 0; i < 4; i++) {
		struct message c = { .n = 0 };

		put_message(&result, 1, &targets[i]);
		put_varint(&stream, targets[i].n);
		memcpy(stream.bytes + stream.n, targets[i].bytes, targets[i].n);
		stream.n += targets[i].n;
		put_message(&c, 1, &targets[i]);
		put_number(&c, 3, 1);
		put_message(&configured, 1, &c);
	}
	g = read_bytes("Bazel query (proto)", result.bytes, result.n);
	check_bazel(g);
	target_graph_free(g);
	g = read_bytes("Bazel query (streamed proto)", stream.bytes, stream.n);
	check_bazel(g);
	target_graph_free(g);
	g = read_bytes("Bazel query (proto)", configured.bytes, configured.n);
	check_bazel(g);
	target_graph_free(g);
	assert_cuts_are_told(result.bytes, result.n);
	assert_cuts_are_told(stream.bytes, stream.n);
}

static void test_bazel_proto_select(void **state)
{
	struct message entry = { .n = 0 }, selector = { .n = 0 }, list = { .n = 0 }, attribute = { .n = 0 };
	struct message target, result = { .n = 0 };
	struct target_graph *g;

	(void)state;
	put_text(&entry, 1, "//c:linux");
	put_text(&entry, 6, "//d:e");
	put_message(&selector, 1, &entry);
	put_number(&list, 1, 6);
	put_message(&list, 2, &selector);
	put_text(&attribute, 1, "deps");
	put_message(&attribute, 21, &list);
	target = proto_rule("//a:b", "cc_library", &attribute, 1);
	put_message(&result, 1, &target);
	g = read_bytes("Bazel query (proto)", result.bytes, result.n);
	assert_depends(g, "//a:b", "//d:e", "deps", true, true);
	target_graph_free(g);
}

static const char aquery_text[] =
	"{\"artifacts\":[{\"id\":1,\"pathFragmentId\":4},{\"id\":2,\"pathFragmentId\":5},{\"id\":3,\"pathFragmentId\":6}],"
	"\"actions\":[{\"targetId\":1,\"mnemonic\":\"CppCompile\",\"outputIds\":[1,2]},{\"targetId\":1,\"mnemonic\":\"CppArchive\",\"outputIds\":[3]}],"
	"\"targets\":[{\"id\":1,\"label\":\"//odd:name\",\"ruleClassId\":1}],"
	"\"pathFragments\":[{\"id\":1,\"label\":\"out\"},{\"id\":2,\"label\":\"bin\",\"parentId\":1},{\"id\":4,\"label\":\"q.o\",\"parentId\":2},"
	"{\"id\":5,\"label\":\"q.d\",\"parentId\":2},{\"id\":6,\"label\":\"libq.a\",\"parentId\":2}]}";

static void check_aquery(struct target_graph *g)
{
	const struct target_object *o = target_graph_object(g, "out/bin/q.o");

	assert_owner(g, "out/bin/libq.a", "//odd:name");
	assert_owner(g, "/w/out/bin/q.o", "//odd:name");
	assert_non_null(o);
	assert_string_equal(o->depfile, "out/bin/q.d");
	target_graph_free(g);
}

static void test_aquery(void **state)
{
	static const struct {
		unsigned id, parent;
		const char *label;
	} fragments[] = { { 1, 0, "out" }, { 2, 1, "bin" }, { 4, 2, "q.o" }, { 5, 2, "q.d" }, { 6, 2, "libq.a" } };
	struct message m = { .n = 0 };
	unsigned i;

	(void)state;
	check_aquery(read_text("Bazel aquery (JSON)", aquery_text));
	for (i = 1; i <= 3; i++) {
		struct message a = { .n = 0 };

		put_number(&a, 1, i);
		put_number(&a, 2, i + 3);
		put_message(&m, 1, &a);
	}
	for (i = 0; i < 2; i++) {
		struct message a = { .n = 0 };
		const uint8_t packed[] = { 1, 2 };

		put_number(&a, 1, 1);
		put_text(&a, 4, i ? "CppArchive" : "CppCompile");
		if (i)
			put_number(&a, 9, 3);
		else
			put_bytes(&a, 9, packed, 2);
		put_message(&m, 2, &a);
	}
	for (i = 0; i < 5; i++) {
		struct message f = { .n = 0 };

		put_number(&f, 1, fragments[i].id);
		put_text(&f, 2, fragments[i].label);
		if (fragments[i].parent)
			put_number(&f, 3, fragments[i].parent);
		put_message(&m, 8, &f);
	}
	{
		struct message t = { .n = 0 };

		put_number(&t, 1, 1);
		put_text(&t, 2, "//odd:name");
		put_message(&m, 3, &t);
	}
	check_aquery(read_bytes("Bazel aquery (proto)", m.bytes, m.n));
	assert_cuts_are_told(m.bytes, m.n);
}

static void test_aquery_fragments_in_a_circle_end(void **state)
{
	struct target_graph *g = read_text("Bazel aquery (JSON)",
		"{\"artifacts\":[{\"id\":1,\"pathFragmentId\":1}],\"actions\":[{\"targetId\":1,\"mnemonic\":\"CppLink\",\"outputIds\":[1]}],"
		"\"targets\":[{\"id\":1,\"label\":\"//a:b\"}],\"pathFragments\":[{\"id\":1,\"label\":\"x\",\"parentId\":1}]}");

	(void)state;
	assert_int_equal(g->targets[0].outputs.count, 0);
	target_graph_free(g);
}

/* ---- Buck2 -------------------------------------------------------------------------------------------------- */

static const char buck_text[] =
	"{\n  \"root//a:app\": {\"buck.type\": \"prelude//rules.bzl:cxx_binary\", \"buck.package\": \"root//a:BUCK\",\n"
	"    \"deps\": [\"root//b:lib\"], \"srcs\": [\"root//a/main.cpp\"], \"link_whole\": false},\n"
	"  \"root//b:lib (cfg:linux#0123456789abcdef)\": {\"buck.type\": \"prelude//rules.bzl:cxx_library\", \"buck.package\": \"root//b:BUCK\",\n"
	"    \"exported_deps\": [\"root//x:y (cfg:linux#0123456789abcdef)\"], \"exported_headers\": {\"lib.h\": \"root//b/lib.h\"}, \"link_whole\": true,\n"
	"    \"deps\": {\"__type\": \"selector\", \"entries\": {\"linux\": [\"root//x:z\"]}}}\n}\n";

static void test_buck(void **state)
{
	struct target_graph *g = read_text("Buck2 query (JSON)", buck_text);
	uint32_t lib = target_graph_find(g, "root//b:lib");

	(void)state;
	assert_depends(g, "root//a:app", "root//b:lib", "deps", true, false);
	assert_depends(g, "root//b:lib", "root//x:y", "exported_deps", true, true);
	assert_depends(g, "root//b:lib", "root//x:z", "deps", true, false);
	assert_string_equal(g->targets[lib].rule, "cxx_library");
	assert_string_equal(g->targets[lib].file, "b/BUCK");
	assert_true(g->targets[lib].always_linked);
	assert_false(g->targets[target_graph_find(g, "root//a:app")].always_linked);
	assert_string_equal(target_item(g, g->targets[lib].headers, 0), "b/lib.h");
	assert_owner(g, "buck-out/v2/gen/root/0123456789abcdef/b/__lib__/liblib.pic.a", "root//b:lib");
	assert_owner(g, "buck-out/v2/art/root/b/__lib__/0123456789abcdef/liblib.a", "root//b:lib");
	target_graph_free(g);
	assert_cuts_are_told(buck_text, strlen(buck_text) - 2);
}

static void test_buck_actions(void **state)
{
	struct target_graph *g = read_text("Buck2 aquery (JSON)",
		"{\"(target: `root//a:b (cfg#0)`, id: `0`)\": {\"kind\": \"run\", \"category\": \"archive\", "
		"\"outputs\": [\"buck-out/v2/odd/place/libb.a\"]}}");

	(void)state;
	assert_owner(g, "/repo/buck-out/v2/odd/place/libb.a", "root//a:b");
	target_graph_free(g);
}

/* ---- commands and ninja ------------------------------------------------------------------------------------- */

static const char commands_text[] =
	"ccache /usr/bin/x86_64-linux-gnu-g++-12 -DX='a b' -MD -MF out/m.o.d -o out/m.o -c ../m.cc\n"
	": && /usr/bin/cmake -E rm -f x/libx.a && llvm-ar-14 qc x/libx.a  x/a.o x/b.o && ranlib x/libx.a && :\n"
	": && g++ out/m.o -o app -Lx -lx y/liby.so.1 -Wl,--gc-sections && :\n";

static void check_commands(struct target_graph *g)
{
	const struct target_object *o = target_graph_object(g, "out/m.o");

	assert_non_null(o);
	assert_string_equal(o->source, "../m.cc");
	assert_string_equal(o->depfile, "out/m.o.d");
	assert_owner(g, "build/x/libx.a", "x/libx.a");
	assert_owner(g, "x/b.o", "x/libx.a");
	assert_owner(g, "out/m.o", "app");
	assert_depends(g, "app", "x/libx.a", "link line", true, false);
	assert_depends(g, "app", "y/liby.so.1", "link line", true, false);
	target_graph_free(g);
}

static void test_commands(void **state)
{
	struct target_graph *g = read_text("commands", commands_text);

	(void)state;
	assert_int_equal(g->targets[target_graph_find(g, "app")].line, 3);
	check_commands(g);
}

static void test_compilation_database(void **state)
{
	static const char both[] =
		"[ {\"directory\": \"/b\", \"file\": \"../m.cc\", \"output\": \"out/m.o\", \"arguments\": [\"g++\", \"-MD\", \"-MF\", \"out/m.o.d\", \"-o\", "
		"\"out/m.o\", \"-c\", \"../m.cc\"]},\n"
		"{\"directory\": \"/b\", \"file\": \"x/a.o\", \"command\": \"ar qc x/libx.a x/a.o x/b.o\"},\n"
		"{\"directory\": \"/b\", \"file\": \"\", \"command\": \"\"},\n"
		"{\"directory\": \"/b\", \"file\": \"out/m.o\", \"command\": \"g++ out/m.o -o app -L x -l x y/liby.so.1\"} ]\n";

	(void)state;
	check_commands(read_text("compilation database", both));
	assert_cuts_are_told(both, sizeof(both) - 4);
}

static void test_default_depfile(void **state)
{
	struct target_graph *g = read_text("commands", "gcc -MMD -c a.c -o o/a.o\n");

	(void)state;
	assert_string_equal(target_graph_object(g, "o/a.o")->depfile, "o/a.d");
	target_graph_free(g);
}

static const char dot_text[] =
	"digraph ninja {\nrankdir=\"LR\"\nnode [fontsize=10, shape=box, height=0.25]\nedge [fontsize=10]\n"
	"\"0x1\" [label=\"app\"]\n\"0x2\" [label=\"LINK\", shape=ellipse]\n\"0x2\" -> \"0x1\"\n"
	"\"0x3\" -> \"0x2\" [arrowhead=none]\n\"0x4\" -> \"0x2\" [arrowhead=none]\n\"0x5\" -> \"0x2\" [arrowhead=none style=dotted]\n"
	"\"0x3\" [label=\"main.o\"]\n\"0x4\" [label=\"x/libx.a\"]\n\"0x5\" [label=\"late/libz.a\"]\n"
	"\"0x4\" -> \"0x6\" [label=\" phony\"]\n\"0x6\" [label=\"all\"]\n\"0x7\" -> \"0x4\" [label=\" AR\"]\n\"0x7\" [label=\"x/a.o\"]\n}\n";

static void test_ninja_graph(void **state)
{
	struct target_graph *g = read_text("ninja -t graph", dot_text);

	(void)state;
	assert_depends(g, "app", "x/libx.a", "link line", true, false);
	assert_int_equal(target_graph_find(g, "late/libz.a"), TARGET_NONE);
	assert_int_equal(target_graph_find(g, "all"), TARGET_NONE);
	assert_owner(g, "main.o", "app");
	assert_owner(g, "x/a.o", "x/libx.a");
	target_graph_free(g);
	assert_cuts_are_told(dot_text, strlen(dot_text) - 2);
}

static void test_ninja_query(void **state)
{
	struct target_graph *g = read_text("ninja -t query", "app:\n  input: LINK\n    main.o\n    | x/libx.a\n    || z/libz.a\n  outputs:\n    all\n");

	(void)state;
	assert_depends(g, "app", "x/libx.a", "link line", true, false);
	assert_int_equal(target_graph_find(g, "z/libz.a"), TARGET_NONE);
	assert_owner(g, "main.o", "app");
	target_graph_free(g);
}

static const char deps_text[] = "none.o: deps not found\nm.o: #deps 2, deps mtime 17 (VALID)\n    m.c\n    y.h\n\nold.o: #deps 1, deps mtime 3 (STALE)\n    q.h\n\n";

static void test_ninja_deps(void **state)
{
	struct target_graph *g = read_text("ninja -t deps", deps_text);
	const struct target_object *o = target_graph_object(g, "m.o");

	(void)state;
	assert_int_equal(o->headers.count, 2);
	assert_string_equal(target_item(g, o->headers, 1), "y.h");
	assert_int_equal(target_graph_object(g, "old.o")->headers.count, 0);
	target_graph_free(g);
	assert_cuts_are_told(deps_text, strlen(deps_text));
}

static void test_dependency_file(void **state)
{
	struct target_graph *g = read_text("dependency file", "out/m.o: m.c a\\ b.h \\\n  $$c.h\nm.c:\na\\ b.h:\n");
	const struct target_object *o = target_graph_object(g, "m.o");

	(void)state;
	assert_int_equal(o->headers.count, 3);
	assert_string_equal(target_item(g, o->headers, 1), "a b.h");
	assert_string_equal(target_item(g, o->headers, 2), "$c.h");
	target_graph_free(g);
}

/* ---- whatever the form -------------------------------------------------------------------------------------- */

static void test_what_is_no_build_graph(void **state)
{
	static const char *const others[] = { "", "{}", "[]", "[1,2]", "{\"a\": 1}", "hello\n", "int main(void) { return 0; }\n", "all: main.o\n\tcc\n",
					      "<?xml version=\"1.0\"?><html/>", "\n\x05hello", "VMA LMA Size Align Out In Symbol\n" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(targets_probe((const uint8_t *)others[i], strlen(others[i])));
}

static void test_errors_have_a_line(void **state)
{
	static const char text[] = "{\"target\": [\n" RULE("//a:b", "cc_library", "") ",\n{\"type\": RULE}\n]}";
	struct inputs in = INPUTS_INIT;
	struct target_graph *g = NULL;
	struct error err = { 0 };

	(void)state;
	add(&in, "bad", text, strlen(text));
	assert_int_equal(targets_read(&in, &g, &err), -EBADMSG);
	assert_true(err.has_offset);
	assert_non_null(strstr(err.message, "line 3"));
	inputs_release(&in);
}

static void test_cycles_and_duplicates(void **state)
{
	struct target_graph *g = read_text("Bazel query (streamed JSON)",
		RULE("//a:a", "cc_library", LABELS("deps", "\"//a:b\",\"//a:b\",\"//a:a\"")) "\n" RULE("//a:b", "cc_library", LABELS("deps", "\"//a:a\"")) "\n"
		RULE("//a:a", "cc_library", LABELS("deps", "\"//a:b\"")) "\n");
	struct graph model = GRAPH_INIT;

	(void)state;
	assert_int_equal(g->target_count, 2);
	assert_int_equal(g->dependency_count, 2);
	target_graph_free(g);
	graph_release(&model);
}

static void test_a_tie_is_no_answer(void **state)
{
	struct target_graph *g = read_text("commands", "ar qc p/libx.a a.o\nar qc q/libx.a b.o\n");

	(void)state;
	assert_owner(g, "libx.a", NULL);
	assert_owner(g, "./q/./libx.a", "q/libx.a");
	assert_owner(g, "r/libx.a", NULL);
	target_graph_free(g);
}

static void test_graph(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct graph g = GRAPH_INIT;
	struct error err = { 0 };
	node_id object;

	(void)state;
	object = graph_node(&g, NODE_OBJECT, GRAPH_NONE, "out/m.o", 10, 10);
	add(&in, "commands", commands_text, strlen(commands_text));
	assert_int_equal(targets_graph(&in, &g, &err), 0);
	assert_int_equal(graph_finish(&g), 0);
	assert_int_equal(g.nodes[g.edges[g.first[object]].to].kind, NODE_TARGET);
	assert_string_equal(g.nodes[g.edges[g.first[object]].to].name, "app");
	assert_int_equal(edge_kind(&g.edges[g.first[object]]), EDGE_OUTPUT_OF);
	assert_int_equal(g.root_count, 1);
	assert_string_equal(g.nodes[g.roots[0].node].name, "app");
	graph_release(&g);
	inputs_release(&in);
}

/* ---- what is not needed ------------------------------------------------------------------------------------- */

/* A GNU map: main.o of //a:app and liblib.a(lib.o) are in the output, liby.a was given and none of it was taken. */
static const char map_text[] =
	"Archive member included to satisfy reference by file (symbol)\n\n"
	"bazel-out/k8-opt/bin/b/liblib.a(lib.o)\n                              bazel-out/k8-opt/bin/a/_objs/app/main.o (lib)\n\n"
	"Memory Configuration\n\nName             Origin             Length             Attributes\n"
	"*default*        0x0000000000000000 0xffffffffffffffff\n\nLinker script and memory map\n\n"
	"LOAD bazel-out/k8-opt/bin/a/_objs/app/main.o\nLOAD bazel-out/k8-opt/bin/b/liblib.a\nLOAD bazel-out/k8-opt/bin/x/liby.a\n\n"
	".text           0x0000000000001000       0x20\n"
	" .text          0x0000000000001000       0x10 bazel-out/k8-opt/bin/a/_objs/app/main.o\n"
	" .text          0x0000000000001010       0x10 bazel-out/k8-opt/bin/b/liblib.a(lib.o)\n"
	"OUTPUT(app elf64-x86-64)\n";

static void search(struct prune *p, struct inputs *in, const char *graph, const char *headers)
{
	static const struct prune_options options;
	struct error err = { 0 };

	*p = (struct prune){ .options = &options, .in = in, .graph = GRAPH_INIT, .found = SUGGESTIONS_INIT };
	assert_int_equal(inputs_add_as(in, INPUT_MAP, put("app.map", map_text, strlen(map_text)), &err), 0);
	add(in, "query.jsonl", graph, strlen(graph));
	if (headers)
		add(in, "deps", headers, strlen(headers));
	assert_int_equal(targets_suggest(p, &err), 0);
	assert_int_equal(suggestions_total(&p->found), 0);
}

#define APP(DEPS) RULE("//a:app", "cc_binary", LABELS("deps", DEPS) "," LABELS("srcs", "\"//a:main.cc\"")) "\n"
#define LIB(DEPS) RULE("//b:lib", "cc_library", LABELS("deps", DEPS) "," LABELS("hdrs", "\"//b:lib.h\"") "," LABELS("srcs", "\"//b:lib.cc\"")) "\n"
#define Y(MORE) RULE("//x:y", "cc_library", LABELS("hdrs", "\"//x:y.h\"") "," LABELS("srcs", "\"//x:y.cc\"") MORE) "\n"
#define DEPS(LIB_READS) \
	"bazel-out/k8-opt/bin/a/_objs/app/main.o: #deps 2, deps mtime 1 (VALID)\n    a/main.cc\n    b/lib.h\n\n" \
	"bazel-out/k8-opt/bin/b/_objs/lib/lib.o: #deps 2, deps mtime 1 (VALID)\n    b/lib.cc\n    " LIB_READS "\n\n"

static void test_unneeded_is_proved_when_headers_are_known(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct prune p;

	(void)state;
	search(&p, &in, APP("\"//b:lib\"") LIB("\"//x:y\"") Y(""), DEPS("b/lib.h"));
	assert_int_equal(p.found.count, 1);
	assert_int_equal(p.found.items[0]->evidence, EVIDENCE_PROVED);
	assert_string_equal(p.found.items[0]->subject, "//b:lib -> //x:y");
	assert_string_equal(p.found.items[0]->buildozer, "buildozer 'remove deps //x:y' //b:lib");
	assert_string_equal(p.found.items[0]->edit, p.found.items[0]->buildozer);
	assert_string_equal(p.found.items[0]->file, "/ws/BUILD");
	assert_null(p.found.items[0]->risk);
	prune_release(&p);
	inputs_release(&in);
}

static void test_unknown_headers_are_a_doubt(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct prune p;

	(void)state;
	search(&p, &in, APP("\"//b:lib\"") LIB("\"//x:y\"") Y(""), NULL);
	assert_int_equal(p.found.count, 1);
	assert_int_equal(p.found.items[0]->evidence, EVIDENCE_HEURISTIC);
	assert_non_null(strstr(p.found.items[0]->risk, "//b:lib may read its headers"));
	prune_release(&p);
	inputs_release(&in);
}

/* Nothing can be read of a target that lists no headers. */
static void test_without_headers_nothing_has_to_be_known(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct prune p;

	(void)state;
	search(&p, &in, APP("\"//b:lib\"") LIB("\"//x:y\"") RULE("//x:y", "cc_library", LABELS("srcs", "\"//x:y.cc\"")) "\n", NULL);
	assert_int_equal(p.found.count, 1);
	assert_int_equal(p.found.items[0]->evidence, EVIDENCE_PROVED);
	prune_release(&p);
	inputs_release(&in);
}

static void test_used_through_headers_is_needed(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct prune p;

	(void)state;
	search(&p, &in, APP("\"//b:lib\"") LIB("\"//x:y\"") Y(""), DEPS("x/y.h"));
	assert_int_equal(p.found.count, 0);
	assert_int_equal(p.note_count, 1);
	prune_release(&p);
	inputs_release(&in);
}

static void test_always_linked_is_not_proved(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct prune p;

	(void)state;
	search(&p, &in, APP("\"//b:lib\"") LIB("\"//x:y\"") Y(",{\"name\":\"alwayslink\",\"booleanValue\":true}"), DEPS("b/lib.h"));
	assert_int_equal(p.found.count, 1);
	assert_int_equal(p.found.items[0]->evidence, EVIDENCE_HEURISTIC);
	prune_release(&p);
	inputs_release(&in);
}

/* //x:y brings //b:lib, which the program does use: that has to be said first. */
static void test_what_is_used_through_it_is_declared_first(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct prune p;

	(void)state;
	search(&p, &in, APP("\"//x:y\"") LIB("") Y("," LABELS("deps", "\"//b:lib\"")), DEPS("b/lib.h"));
	assert_int_equal(p.found.count, 1);
	assert_string_equal(p.found.items[0]->edit, "buildozer 'add deps //b:lib' //a:app\nbuildozer 'remove deps //x:y' //a:app");
	prune_release(&p);
	inputs_release(&in);
}

/* Another program reads x/y.h and has it only through //b:lib. */
static void test_who_uses_it_elsewhere_declares_it_first(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct prune p;

	(void)state;
	search(&p, &in, APP("\"//b:lib\"") LIB("\"//x:y\"") Y("") RULE("//c:other", "cc_binary", LABELS("deps", "\"//b:lib\"") "," LABELS("srcs", "\"//c:o.cc\"")) "\n",
	       DEPS("b/lib.h") "bazel-out/k8-opt/bin/c/_objs/other/o.o: #deps 2, deps mtime 1 (VALID)\n    c/o.cc\n    x/y.h\n\n");
	assert_int_equal(p.found.count, 1);
	assert_string_equal(p.found.items[0]->edit, "buildozer 'add deps //x:y' //c:other\nbuildozer 'remove deps //x:y' //b:lib");
	prune_release(&p);
	inputs_release(&in);
}

static void test_data_is_not_a_link_dependency(void **state)
{
	struct inputs in = INPUTS_INIT;
	struct prune p;

	(void)state;
	search(&p, &in, APP("\"//b:lib\"") RULE("//b:lib", "cc_library", LABELS("data", "\"//x:y\"")) "\n" Y(""), DEPS("b/lib.h"));
	assert_int_equal(p.found.count, 0);
	prune_release(&p);
	inputs_release(&in);
}

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_targets.XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bazel_json),
		cmocka_unit_test(test_bazel_select_counts_all_branches),
		cmocka_unit_test(test_bazel_xml),
		cmocka_unit_test(test_bazel_xml_entities_are_refused),
		cmocka_unit_test(test_bazel_proto),
		cmocka_unit_test(test_bazel_proto_select),
		cmocka_unit_test(test_aquery),
		cmocka_unit_test(test_aquery_fragments_in_a_circle_end),
		cmocka_unit_test(test_buck),
		cmocka_unit_test(test_buck_actions),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_compilation_database),
		cmocka_unit_test(test_default_depfile),
		cmocka_unit_test(test_ninja_graph),
		cmocka_unit_test(test_ninja_query),
		cmocka_unit_test(test_ninja_deps),
		cmocka_unit_test(test_dependency_file),
		cmocka_unit_test(test_what_is_no_build_graph),
		cmocka_unit_test(test_errors_have_a_line),
		cmocka_unit_test(test_cycles_and_duplicates),
		cmocka_unit_test(test_a_tie_is_no_answer),
		cmocka_unit_test(test_graph),
		cmocka_unit_test(test_unneeded_is_proved_when_headers_are_known),
		cmocka_unit_test(test_unknown_headers_are_a_doubt),
		cmocka_unit_test(test_without_headers_nothing_has_to_be_known),
		cmocka_unit_test(test_used_through_headers_is_needed),
		cmocka_unit_test(test_always_linked_is_not_proved),
		cmocka_unit_test(test_what_is_used_through_it_is_declared_first),
		cmocka_unit_test(test_who_uses_it_elsewhere_declares_it_first),
		cmocka_unit_test(test_data_is_not_a_link_dependency),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of C and C++ rules, by name:
 *
 *	attribute            linked  re-exported to dependents
 *	deps                 yes     Bazel: yes (headers and objects); Buck: no (objects only)
 *	implementation_deps  yes     no
 *	exported_deps        yes     yes (Buck)
 *	dynamic_deps, roots, interface_deps, private_deps, malloc, link_extra_lib    yes, no
 *	srcs                 when it names a rule (a filegroup, a genrule, an archive); otherwise a source
 *	data, runtime_deps, tools, resources ...                                     no
 *
 * Re-exporting is about headers: objects of everything below are linked in any case.  Attributes that begin with
 * '$' or ':' are the rule's own (tools, toolchains), and visibility, tags and the like are not dependencies.  Sources:
 * bazel.build "C / C++ rules"; buck2.build "cxx_library".
 */
#include "depgraph/targets/bazel_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct meaning {
	const char *name;
	unsigned flags;
	enum { EDGE, SOURCE } what;
} meanings[] = {
	{ "deps", TARGET_LINKS | TARGET_REEXPORTED, EDGE },
	{ "implementation_deps", TARGET_LINKS, EDGE },
	{ "interface_deps", TARGET_LINKS | TARGET_REEXPORTED, EDGE },
	{ "private_deps", TARGET_LINKS, EDGE },
	{ "exported_deps", TARGET_LINKS | TARGET_REEXPORTED, EDGE },
	{ "platform_deps", TARGET_LINKS, EDGE },
	{ "exported_platform_deps", TARGET_LINKS | TARGET_REEXPORTED, EDGE },
	{ "dynamic_deps", TARGET_LINKS, EDGE },
	{ "roots", TARGET_LINKS, EDGE },
	{ "malloc", TARGET_LINKS, EDGE },
	{ "link_extra_lib", TARGET_LINKS, EDGE },
	{ "actual", TARGET_LINKS | TARGET_REEXPORTED, EDGE }, /* alias */
	{ "runtime_deps", 0, EDGE },
	{ "data", 0, EDGE },
	{ "tools", 0, EDGE },
	{ "exec_tools", 0, EDGE },
	{ "resources", 0, EDGE },
	{ "link_deps", 0, EDGE },
	{ "additional_linker_inputs", 0, EDGE },
	{ "tests", 0, EDGE },
	{ "srcs", 0, SOURCE },
	{ "hdrs", 0, SOURCE },
	{ "textual_hdrs", 0, SOURCE },
	{ "headers", 0, SOURCE },
	{ "exported_headers", 0, SOURCE },
	{ "raw_headers", 0, SOURCE },
};

static const struct meaning *meaning_of(const char *attribute)
{
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (!strcmp(meanings[i].name, attribute))
			return &meanings[i];
	return NULL;
}

bool bazel_attribute_links(const char *attribute)
{
	const struct meaning *m = meaning_of(attribute);

	return m && m->flags & TARGET_LINKS;
}

/* "FILE:LINE:COLUMN", the last two optional; the file may hold colons itself. */
static void set_location(struct target_builder *b, struct target *t, const char *s, size_t n)
{
	uint32_t numbers[2] = { 0, 0 };
	int count = 0;

	while (count < 2) {
		size_t at = n;

		while (at && s[at - 1] >= '0' && s[at - 1] <= '9' && n - at < 9)
			at--;
		if (at == n || !at || s[at - 1] != ':')
			break;
		numbers[count++] = (uint32_t)strtoul(s + at, NULL, 10);
		n = at - 1;
	}
	t->file = target_builder_intern(b, s, n);
	t->line = count ? numbers[count - 1] : 0;
}

uint32_t bazel_rule(struct target_builder *b, enum target_system system, const char *name, size_t name_len,
		    const char *class_name, size_t class_len, const char *location, size_t location_len)
{
	uint32_t id = target_builder_target(b, name, name_len);
	const char *rule = target_builder_intern(b, class_name, class_len);
	struct target *t = target_builder_at(b, id);

	t->described = true;
	t->system = (uint8_t)system;
	if (class_len)
		t->rule = rule;
	if (location_len)
		set_location(b, t, location, location_len);
	return id;
}

size_t bazel_label_path(const char *label, size_t n, bool buck, char *out, size_t size)
{
	const char *slashes = memmem(label, n, "//", 2), *package, *colon;
	size_t repo = slashes ? (size_t)(slashes - label) : 0, pn, nn;
	const char *name;
	int w;

	package = slashes ? slashes + 2 : label;
	pn = n - (size_t)(package - label);
	colon = memchr(package, ':', pn);
	name = colon ? colon + 1 : package + pn;
	nn = colon ? pn - (size_t)(name - package) : 0;
	pn = colon ? (size_t)(colon - package) : pn;
	while (repo && *label == '@') {
		label++;
		repo--;
	}
	w = snprintf(out, size, "%s%.*s%s%.*s%s%.*s", repo && !buck ? "external/" : "", buck ? 0 : (int)repo, label,
		     repo && !buck ? "/" : "", (int)pn, package, pn && nn ? "/" : "", (int)nn, name);
	return w < 0 ? 0 : (size_t)w < size ? (size_t)w : size - 1;
}

static bool is_header(const char *s, size_t n)
{
	static const char *const suffixes[] = { ".h", ".hh", ".hpp", ".hxx", ".inc", ".inl", ".ipp", ".tcc", ".cuh", ".h++", ".H" };
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		size_t k = strlen(suffixes[i]);

		if (n > k && !memcmp(s + n - k, suffixes[i], k))
			return true;
	}
	return false;
}

static void add_source(struct target_builder *b, uint32_t rule, const char *attribute, const char *value, size_t n)
{
	bool buck = target_builder_at(b, rule)->system == TARGETS_BUCK;
	char path[4096];
	size_t length = n < sizeof(path) / 2 ? bazel_label_path(value, n, buck, path, sizeof(path)) : 0;

	target_builder_maybe(b, rule, value, n, attribute, strcmp(attribute, "srcs") ? 0 : TARGET_LINKS);
	if (!length)
		return;
	target_builder_item(b, rule, TARGET_SOURCES, path, length);
	if (strcmp(attribute, "srcs") != 0 || is_header(path, length))
		target_builder_item(b, rule, TARGET_HEADERS, path, length);
}

/* Buck appends the configuration: "root//a:b (cfg#hash)". */
static size_t without_configuration(const char *s, size_t n)
{
	const char *p = memmem(s, n, " (", 2);

	return p ? (size_t)(p - s) : n;
}

void bazel_attribute(struct target_builder *b, uint32_t rule, const char *attribute, const char *value, size_t n)
{
	const struct meaning *m = meaning_of(attribute);
	const struct target *t = target_builder_at(b, rule);
	unsigned flags;

	if (!m || !n)
		return;
	if (t->system == TARGETS_BUCK)
		n = without_configuration(value, n);
	if (m->what == SOURCE) {
		add_source(b, rule, attribute, value, n);
		return;
	}
	if (!memmem(value, n, "//", 2) && value[0] != ':' && value[0] != '@')
		return;
	flags = m->flags;
	if (t->system == TARGETS_BUCK && !strcmp(attribute, "deps"))
		flags &= ~(unsigned)TARGET_REEXPORTED;
	/* What data names may be a file. */
	if (!(flags & TARGET_LINKS))
		target_builder_maybe(b, rule, value, n, attribute, flags);
	else
		target_builder_depend(b, rule, target_builder_target(b, value, n), attribute, flags, 0);
}

void bazel_flag(struct target_builder *b, uint32_t rule, const char *attribute, bool value)
{
	if (value && (!strcmp(attribute, "alwayslink") || !strcmp(attribute, "link_whole")))
		target_builder_at(b, rule)->always_linked = true;
}

void bazel_output(struct target_builder *b, uint32_t rule, const char *label, size_t n)
{
	char path[4096];
	size_t length = n < sizeof(path) / 2 ? bazel_label_path(label, n, false, path, sizeof(path)) : 0;

	if (length)
		target_builder_item(b, rule, TARGET_OUTPUTS, path, length);
}

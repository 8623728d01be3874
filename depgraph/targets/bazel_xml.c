/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bazel query --output=xml`:
 *
 *	<?xml version="1.1" encoding="UTF-8" standalone="no"?>
 *	<query version="2">
 *	    <rule class="cc_library" location="/ws/a/BUILD:1:11" name="//a:b">
 *	        <list name="deps">
 *	            <label value="//x:y"/>
 *	        </list>
 *	        <boolean name="alwayslink" value="true"/>
 *	        <rule-output name="//a:libb.a"/>
 *	    </rule>
 *
 * Values of an attribute are elements of their own inside <list name=>, or one element with name and value.  libexpat parses; a
 * document type declaration, which Bazel does not write and which could define entities, ends the reading.
 * Source: bazel.build "Query reference", XML output; Bazel's XmlOutputFormatter.
 */
#include "depgraph/targets/bazel_rule.h"
#include "depgraph/targets/reader.h"

#include <errno.h>
#include <expat.h>
#include <string.h>

#define CHUNK ((uint64_t)1 << 20)
#define NAME_BYTES_MAX 256

struct xml {
	struct target_builder *b;
	XML_Parser parser;
	uint32_t rule;
	bool inside;               /* a rule is open */
	char list[NAME_BYTES_MAX]; /* the attribute whose list is open; "" */
	const char *why;           /* we ended it */
};

static void end_parser(XML_Parser *p)
{
	if (*p)
		XML_ParserFree(*p);
}

static const char *attribute(const XML_Char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (!strcmp(attributes[0], name))
			return attributes[1];
	return "";
}

static void begin_rule(struct xml *x, const XML_Char **a)
{
	const char *name = attribute(a, "name"), *class_name = attribute(a, "class"), *location = attribute(a, "location");

	if (!*name)
		return;
	x->rule = bazel_rule(x->b, TARGETS_BAZEL, name, strlen(name), class_name, strlen(class_name), location, strlen(location));
	x->inside = true;
}

static void start(void *ctx, const XML_Char *element, const XML_Char **a)
{
	struct xml *x = ctx;
	const char *name = attribute(a, "name"), *value = attribute(a, "value");

	if (!strcmp(element, "rule")) {
		begin_rule(x, a);
	} else if (!x->inside) {
		return;
	} else if (!strcmp(element, "list")) {
		x->list[0] = '\0';
		if (strlen(name) < sizeof(x->list))
			memcpy(x->list, name, strlen(name) + 1);
	} else if (!strcmp(element, "rule-output")) {
		bazel_output(x->b, x->rule, name, strlen(name));
	} else if (!strcmp(element, "boolean")) {
		bazel_flag(x->b, x->rule, name, !strcmp(value, "true"));
	} else if (!strcmp(element, "label") || !strcmp(element, "string")) {
		bazel_attribute(x->b, x->rule, *name ? name : x->list, value, strlen(value));
	}
	if (target_builder_error(x->b) < 0)
		(void)XML_StopParser(x->parser, XML_FALSE);
}

static void end(void *ctx, const XML_Char *element)
{
	struct xml *x = ctx;

	if (!strcmp(element, "rule"))
		x->inside = false;
	else if (!strcmp(element, "list"))
		x->list[0] = '\0';
}

static void doctype(void *ctx, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal)
{
	struct xml *x = ctx;

	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	x->why = "a document type declaration";
	(void)XML_StopParser(x->parser, XML_FALSE);
}

static int refuse(const struct xml *x, const struct targets_source *s, struct error *err)
{
	XML_Index at = XML_GetCurrentByteIndex(x->parser);
	uint64_t offset = at < 0 ? 0 : (uint64_t)at;

	if (target_builder_error(x->b) < 0 || XML_GetErrorCode(x->parser) == XML_ERROR_NO_MEMORY)
		return -ENOMEM;
	return error_set_at(err, -EBADMSG, s->path, offset < s->size ? offset : s->size, "line %lu: %s",
			    (unsigned long)XML_GetCurrentLineNumber(x->parser),
			    x->why ? x->why : XML_ErrorString(XML_GetErrorCode(x->parser)));
}

static int read_xml(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	CLEANUP(end_parser) XML_Parser parser = XML_ParserCreate(NULL);
	struct xml x = { .b = b, .parser = parser };
	uint64_t at = 0;

	if (!parser)
		return -ENOMEM;
	XML_SetUserData(parser, &x);
	XML_SetElementHandler(parser, start, end);
	XML_SetStartDoctypeDeclHandler(parser, doctype);
	do {
		uint64_t n = s->size - at < CHUNK ? s->size - at : CHUNK;

		if (XML_Parse(parser, s->data + at, (int)n, at + n == s->size) != XML_STATUS_OK)
			return refuse(&x, s, err);
		at += n;
	} while (at < s->size);
	return 0;
}

static bool probe(const char *p, size_t n, bool whole)
{
	size_t at = reader_skip_space(p, n);

	(void)whole;
	return n - at > 6 && !memcmp(p + at, "<?xml ", 6) && reader_has(p, n < 1024 ? n : 1024, "<query version=");
}

const struct targets_reader targets_bazel_xml = { "Bazel query (XML)", probe, read_xml };

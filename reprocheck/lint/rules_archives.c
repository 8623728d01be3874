/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How archives are made: ar, tar, zip, jar, and the compressors.
 *
 * Facts: GNU ar's D is a matter of how binutils was configured; llvm-ar has it always.  gzip stores name and time of a
 * file that it is given by name, also with -c, and neither for standard input (1.10 and later; before, the time).
 * `tar c | tar x` copies a tree and makes no archive.  xz -T0 has as many threads as processors, and cuts into blocks
 * unless that is one; zstd's output does not depend on the number of its threads.
 */
#include "reprocheck/lint/rules_commands.h"

#include <ctype.h>
#include <string.h>

/* ---- ar ---- */

/* The letters of the operation: "rcs", "-rcs"; NULL: none to be seen. */
static const char *ar_letters(const struct command *c)
{
	const char *s;
	size_t i = 1;

	while (i < c->count && word_begins(&c->words[i], "--"))
		i++;
	if (i + 1 >= c->count)
		return NULL;
	s = c->words[i].text ?: "";
	s += *s == '-';
	return *s && strspn(s, "rqcsuvlfSTUPDaibNoOVd") == strlen(s) ? s : NULL;
}

node run_ar(struct lint *l, const struct command *c)
{
	const char *letters = ar_letters(c);

	arguments_sink(l, c, 2, SINK_MEMBERS);
	if (!letters)
		return 0;
	if (strchr(letters, 'D'))
		l->deterministic_ar = true;
	else if (strpbrk(letters, "rq") && !strchr(letters, 'd'))
		command_found(l, c, RULE_AR, arena_printf(&l->arena, "%sD instead of %s", letters, letters));
	return 0;
}

node run_ranlib(struct lint *l, const struct command *c)
{
	if (l->deterministic_ar && c->count > 1 && !has_letter(c, 'D') && !has_hidden_options(c))
		command_found(l, c, RULE_RANLIB, NULL);
	return 0;
}

/* ---- tar ---- */

/* "czf", "-cvf": letters that make an archive. */
static bool is_creating(const char *s)
{
	s += *s == '-';
	return *s && *s != '-' && strchr(s, 'c') && strspn(s, "cvzjJfhpPaSWlZnTXCkmoOU") == strlen(s);
}

static const struct word *tar_archive(const struct command *c, bool *ret_creates)
{
	const struct word *archive = NULL;
	size_t i;

	*ret_creates = has_argument(c, "--create");
	for (i = 1; i < c->count; i++) {
		const char *s = c->words[i].text ?: "";
		bool letters = i == 1 || (s[0] == '-' && s[1] != '-');

		if (letters && is_creating(s))
			*ret_creates = true;
		if (letters && strchr(s, 'f') && s[0] != '$' && strlen(s) < 12 && i + 1 < c->count &&
		    !archive)
			archive = &c->words[i + 1];
		if (!strncmp(s, "--file=", 7) || !strcmp(s, "--file"))
			archive = &c->words[i + (s[6] == '\0' && i + 1 < c->count)];
	}
	return archive;
}

/* Whether what tar writes becomes a file. */
static bool is_kept(const struct command *c, const struct word *archive)
{
	static const char *const compressors[] = { "gzip", "pigz", "bzip2", "xz",     "zstd",
						   "lz4",  "lzip", "lzma",  "pbzip2", NULL };
	char name[32];

	if (archive && !word_is(archive, "-") && !word_is(archive, "--file=-"))
		return output_counts(archive);
	if (c->output)
		return output_counts(c->output);
	if (!c->piped || !c->next || !c->next->count)
		return false;
	command_name(&c->next->words[0], name, sizeof(name));
	return name_in(name, compressors) && (!c->next->piped || c->next->output);
}

/* What the same file unpacks again is no output: the archive's name stands for that. */
static node archive_node(struct lint *l, const struct word *archive)
{
	return archive && archive->text
		       ? flow_variable(l, 'x', archive->text, archive->len < LINT_NAME_MAX ? archive->len : 0)
		       : 0;
}

static void note_unpacking(struct lint *l, const struct command *c, const struct word *archive)
{
	const char *letters = c->count > 1 && c->words[1].text ? c->words[1].text : "";

	if (strchr(letters, 'x') || has_argument(c, "--extract"))
		flow_assigned(l, archive_node(l, archive));
}

node run_tar(struct lint *l, const struct command *c)
{
	bool creates, order, owner;
	const struct word *archive = tar_archive(c, &creates);

	if (!creates)
		note_unpacking(l, c, archive);
	if (!creates || !is_kept(c, archive) || has_hidden_options(c))
		return 0;
	arguments_sink(l, c, 1, SINK_ENTRIES);
	order = has_argument_like(c, "--sort") || has_argument(c, "-T") ||
		has_argument_like(c, "--files-from") || has_argument(c, "--no-recursion");
	owner = has_argument_like(c, "--owner") || has_argument_like(c, "--uid") ||
		has_argument_like(c, "--numeric-owner");
	/* Who sorts and touches the files first has thought of it. */
	if (!has_argument_like(c, "--mtime") && !(order && owner && l->touches))
		flow_found_unless(l, RULE_TAR_TIME, c->words[0].offset, command_length(c), NULL,
				  archive_node(l, archive));
	else if (!order)
		command_found(l, c, RULE_TAR_ORDER, NULL);
	else if (!owner)
		command_found(l, c, RULE_TAR_OWNER, NULL);
	return 0;
}

/* cmake -E tar c...: lists what it is given in order, and has no --sort. */
node run_cmake_tool(struct lint *l, const struct command *c)
{
	size_t i;

	for (i = 1; i + 2 < c->count; i++)
		if (word_is(&c->words[i], "-E") && word_is(&c->words[i + 1], "tar") &&
		    is_creating(c->words[i + 2].text ?: "") && !has_argument_like(c, "--mtime"))
			command_found(l, c, RULE_TAR_TIME,
				      "cmake -E tar ... --mtime='1970-01-01 00:00:00 UTC' ...");
	return 0;
}

/* ---- gzip, xz ---- */

/* An argument that is no option: a file by its name. */
static bool has_file(const struct command *c)
{
	size_t i;

	for (i = 1; i < c->count; i++) {
		if (word_is(&c->words[i], "-S") || word_is(&c->words[i], "-p") || word_is(&c->words[i], "-b"))
			i++;
		else if (!word_begins(&c->words[i], "-"))
			return true;
	}
	return false;
}

static bool is_reading_back(const struct command *c)
{
	static const char *const longs[] = { "--decompress", "--uncompress", "--test",    "--list",
					     "--stdout",     "--help",       "--version", NULL };
	size_t i;

	for (i = 1; i < c->count; i++)
		if (name_in(c->words[i].text ?: "", longs) && !word_is(&c->words[i], "--stdout"))
			return true;
	return has_letter(c, 'd') || has_letter(c, 't') || has_letter(c, 'l') || has_letter(c, 'V') ||
	       has_letter(c, 'h');
}

node run_gzip(struct lint *l, const struct command *c)
{
	if (is_reading_back(c) || has_letter(c, 'n') || has_argument(c, "--no-name") || has_hidden_options(c))
		return c->input;
	if (has_file(c) && (!c->output || output_counts(c->output)) && !c->output_hidden)
		command_found(l, c, RULE_GZIP, NULL);
	return c->input;
}

node run_xz(struct lint *l, const struct command *c)
{
	size_t i;

	if (is_reading_back(c))
		return c->input;
	for (i = 1; i < c->count; i++) {
		const char *s = c->words[i].text ?: "",
			   *t = s[0] == '-' && s[1] != '-' ? strstr(s, "T0") : NULL;

		if (!strcmp(s, "--threads=0") || (t && t[2] == '\0') ||
		    (!strcmp(s, "0") && word_is(&c->words[i - 1], "-T")))
			command_found(l, c, RULE_XZ_THREADS, NULL);
	}
	return c->input;
}

/* ---- zip, jar ---- */

node run_zip(struct lint *l, const struct command *c)
{
	size_t i, operands = 0;

	for (i = 1; i < c->count; i++)
		operands += !word_begins(&c->words[i], "-");
	arguments_sink(l, c, 1, SINK_ENTRIES);
	if (operands < 1 || has_letter(c, 'X') || has_argument(c, "--no-extra") || has_letter(c, 'd') ||
	    has_letter(c, 'T') || has_argument(c, "--delete") || has_hidden_options(c) ||
	    (operands < 2 && !has_argument(c, "-@")))
		return 0;
	command_found(l, c, RULE_ZIP, NULL);
	return 0;
}

node run_jar(struct lint *l, const struct command *c)
{
	const char *s = c->count > 1 && c->words[1].text ? c->words[1].text : "";

	s += *s == '-';
	if (!has_argument(c, "--create") && (!strchr(s, 'c') || strspn(s, "cvf0meMi") != strlen(s)))
		return 0;
	if (!has_argument_like(c, "--date") && !has_hidden_options(c))
		command_found(l, c, RULE_JAR, NULL);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that bring in what varies: date, hostname, mktemp, git describe... Each says for which arguments it does.
 */
#include "reprocheck/lint/rules_commands.h"

#include <string.h>

node run_date(struct lint *l, const struct command *c)
{
	size_t i;

	for (i = 1; i < c->count; i++) {
		const char *s = c->words[i].text ?: "";

		if (strstr(s, "SOURCE_DATE_EPOCH") || strstr(s, "--date") || strstr(s, "--ref") ||
		    strstr(s, "--file"))
			return 0;
		/* A time that is given, not the clock's: -d, -r, -f, -s, -j, and u before it. */
		if (s[0] == '-' && s[1] != '-' && s[1] != 'I' && strpbrk(s + 1, "drfsjv"))
			return 0;
		if (s[0] != '-' && s[0] != '+' && s[0] != '$')
			return 0;
	}
	return command_source(l, c, RULE_DATE);
}

node run_hostname(struct lint *l, const struct command *c)
{
	if (c->count > 1 && !word_begins(&c->words[1], "-"))
		return 0;
	return command_source(l, c, RULE_HOSTNAME);
}

node run_uname(struct lint *l, const struct command *c)
{
	if (has_letter(c, 'a') || has_letter(c, 'r') || has_letter(c, 'v'))
		return command_source(l, c, RULE_KERNEL);
	return has_letter(c, 'n') ? command_source(l, c, RULE_HOSTNAME) : 0;
}

node run_user(struct lint *l, const struct command *c)
{
	return command_source(l, c, RULE_USER);
}

node run_id(struct lint *l, const struct command *c)
{
	/* `id NAME` asks for another user. */
	if (c->count > 1 && !word_begins(&c->words[c->count - 1], "-"))
		return 0;
	return command_source(l, c, RULE_USER);
}

node run_cpu_count(struct lint *l, const struct command *c)
{
	return command_source(l, c, RULE_CPU_COUNT);
}

node run_getconf(struct lint *l, const struct command *c)
{
	return has_argument_like(c, "_NPROC") || has_argument_like(c, "NPROC")
		       ? command_source(l, c, RULE_CPU_COUNT)
		       : 0;
}

node run_sysctl(struct lint *l, const struct command *c)
{
	return has_argument(c, "hw.ncpu") ? command_source(l, c, RULE_CPU_COUNT) : 0;
}

node run_lscpu(struct lint *l, const struct command *c)
{
	return command_source(l, c, RULE_CPU_MODEL);
}

node run_mktemp(struct lint *l, const struct command *c)
{
	return command_source(l, c, RULE_MKTEMP);
}

node run_uuidgen(struct lint *l, const struct command *c)
{
	if (has_argument(c, "--sha1") || has_argument(c, "--md5") || has_argument(c, "-s") ||
	    has_argument(c, "-m"))
		return 0;
	return command_source(l, c, RULE_UUID);
}

node run_openssl(struct lint *l, const struct command *c)
{
	return c->count > 1 && word_is(&c->words[1], "rand") ? command_source(l, c, RULE_RANDOM) : 0;
}

node run_pwd(struct lint *l, const struct command *c)
{
	return command_source(l, c, RULE_BUILD_DIRECTORY);
}

/* realpath X, readlink -f X: absolute, unless X was so already. */
node run_realpath(struct lint *l, const struct command *c)
{
	if (c->count < 2 || word_begins(&c->words[c->count - 1], "/") || has_argument_like(c, "--relative"))
		return 0;
	return flow_both(l, command_source(l, c, RULE_BUILD_DIRECTORY), command_arguments(l, c, 1));
}

node run_readlink(struct lint *l, const struct command *c)
{
	return has_letter(c, 'f') || has_letter(c, 'e') || has_letter(c, 'm') ? run_realpath(l, c) : 0;
}

/* The word behind git's own options: -C DIR, -c X, --git-dir=... */
static const struct word *git_verb(const struct command *c, size_t *ret)
{
	size_t i;

	for (i = 1; i < c->count; i++) {
		if (word_is(&c->words[i], "-C") || word_is(&c->words[i], "-c"))
			i++;
		else if (!word_begins(&c->words[i], "-"))
			break;
	}
	*ret = i;
	return i < c->count ? &c->words[i] : NULL;
}

/* --format with a hash, a time or names of it; not a list of authors. */
static bool shows_revision(const struct command *c)
{
	static const char *const fields[] = { "%h",  "%H",  "%t",  "%T",  "%c", "%ad",
					      "%at", "%as", "%ai", "%aI", "%d", "%D" };
	size_t i, k;

	for (i = 1; i < c->count; i++) {
		if (!word_begins(&c->words[i], "--format") && !word_begins(&c->words[i], "--pretty"))
			continue;
		for (k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
			if (strstr(c->words[i].text, fields[k]))
				return true;
	}
	return false;
}

node run_git(struct lint *l, const struct command *c)
{
	static const char *const places[] = {
		"--show-toplevel",  "--git-dir",           "--is-inside-work-tree", "--show-prefix",
		"--git-common-dir", "--show-cdup",         "--absolute-git-dir",    "--git-path",
		"--verify",         "--is-bare-repository"
	};
	size_t i, at;
	const struct word *verb = git_verb(c, &at);

	/* A commit that is given by a variable is the caller's. */
	if (!verb || word_begins(&c->words[c->count - 1], "$"))
		return 0;
	if (word_is(verb, "rev-parse")) {
		for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
			if (has_argument(c, places[i]))
				return 0;
		return command_source(l, c, RULE_REVISION);
	}
	if (word_is(verb, "describe") || (word_is(verb, "rev-list") && !has_argument(c, "--objects")))
		return command_source(l, c, RULE_REVISION);
	if ((word_is(verb, "log") || word_is(verb, "show")) && shows_revision(c))
		return command_source(l, c, RULE_REVISION);
	return 0;
}

node run_other_vcs(struct lint *l, const struct command *c)
{
	static const char *const verbs[] = { "id", "identify", "info", "parents", NULL };

	if (c->count == 1 || !name_in(c->words[1].text ?: "", verbs))
		return 0;
	return command_source(l, c, RULE_REVISION);
}

node run_svnversion(struct lint *l, const struct command *c)
{
	return command_source(l, c, RULE_REVISION);
}

node run_find(struct lint *l, const struct command *c)
{
	static const char *const quiet[] = { "-exec", "-execdir", "-delete", "-quit", "-ok", "-exec+", NULL };
	size_t i;

	for (i = 1; i < c->count; i++) {
		if (name_in(c->words[i].text ?: "", quiet))
			return 0;
		/* -name of one file looks for where that is. */
		if (word_is(&c->words[i - 1], "-name") && !strpbrk(c->words[i].text ?: "", "*?["))
			return 0;
	}
	return c->count > 1 ? command_source(l, c, RULE_FIND) : 0;
}

node run_ls(struct lint *l, const struct command *c)
{
	return has_letter(c, 'U') || has_letter(c, 'f') ? command_source(l, c, RULE_FIND) : 0;
}

/* Files of the kernel that hold what varies. */
node special_file(struct lint *l, const struct command *c)
{
	static const struct {
		const char *file;
		enum lint_rule_id rule;
	} files[] = {
		{ "/dev/urandom", RULE_RANDOM },
		{ "/dev/random", RULE_RANDOM },
		{ "/proc/sys/kernel/random/uuid", RULE_UUID },
		{ "/etc/hostname", RULE_HOSTNAME },
		{ "/proc/cpuinfo", RULE_CPU_MODEL },
		{ "/proc/version", RULE_KERNEL },
	};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (has_argument(c, files[i].file))
			return command_source(l, c, files[i].rule);
	return 0;
}

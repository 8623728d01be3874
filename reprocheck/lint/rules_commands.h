/* SPDX-License-Identifier: Apache-2.0 */
/* lint_rules_commands.h: between lint_rules_commands.c, which has the table of commands, and the files that hold its rows. */
#ifndef REPROCHECK_LINT_RULES_COMMANDS_H
#define REPROCHECK_LINT_RULES_COMMANDS_H

#include "reprocheck/lint/rules.h"

bool name_in(const char *name, const char *const *list);
/* A value of that class comes in by this command. */
node command_source(struct lint *l, const struct command *c, enum lint_rule_id rule);
uint64_t command_length(const struct command *c); /* in the file, with its arguments */
/* The command is wrong as it stands; `fix` NULL: the rule's. */
void command_found(struct lint *l, const struct command *c, enum lint_rule_id rule, const char *fix);
bool has_argument(const struct command *c, const char *s);
bool has_argument_like(const struct command *c, const char *prefix);
bool has_letter(const struct command *c, char letter); /* in an argument like -xyz */
/* Options stand in a variable that this line does not show. */
bool has_hidden_options(const struct command *c);
void arguments_sink(struct lint *l, const struct command *c, size_t first, enum sink_kind kind);

node command_arguments(struct lint *l, const struct command *c, size_t first); /* what flows into them */

/* lint_rules_values.c: what brings values in. */
node run_date(struct lint *l, const struct command *c);
node run_hostname(struct lint *l, const struct command *c);
node run_uname(struct lint *l, const struct command *c);
node run_user(struct lint *l, const struct command *c);
node run_id(struct lint *l, const struct command *c);
node run_cpu_count(struct lint *l, const struct command *c);
node run_getconf(struct lint *l, const struct command *c);
node run_sysctl(struct lint *l, const struct command *c);
node run_lscpu(struct lint *l, const struct command *c);
node run_mktemp(struct lint *l, const struct command *c);
node run_uuidgen(struct lint *l, const struct command *c);
node run_openssl(struct lint *l, const struct command *c);
node run_pwd(struct lint *l, const struct command *c);
node run_realpath(struct lint *l, const struct command *c);
node run_readlink(struct lint *l, const struct command *c);
node run_git(struct lint *l, const struct command *c);
node run_other_vcs(struct lint *l, const struct command *c);
node run_svnversion(struct lint *l, const struct command *c);
node run_find(struct lint *l, const struct command *c);
node run_ls(struct lint *l, const struct command *c);
node special_file(struct lint *l, const struct command *c);

/* lint_rules_archives.c */
node run_ar(struct lint *l, const struct command *c);
node run_ranlib(struct lint *l, const struct command *c);
node run_tar(struct lint *l, const struct command *c);
node run_cmake_tool(struct lint *l, const struct command *c); /* cmake -E ... */
node run_gzip(struct lint *l, const struct command *c);
node run_zip(struct lint *l, const struct command *c);
node run_jar(struct lint *l, const struct command *c);
node run_xz(struct lint *l, const struct command *c);

#endif

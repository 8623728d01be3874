/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program in the moment after execve(), before its first instruction.
 *
 * The kernel has laid out its stack (System V ABI, AMD64 supplement 3.4.1; Linux fs/binfmt_elf.c, create_elf_tables),
 * in words of the program's own size:
 *
 *	sp ->  argc
 *	       argv[0] ... argv[argc-1], 0
 *	       envp[0] ..., 0
 *	       auxiliary vector: pairs (type, value), the last of type AT_NULL
 *	       the strings
 *
 * AT_SYSINFO_EHDR (and AT_SYSINFO on i386) tells it where the vDSO is: code of the kernel that reads the clock without a
 * system call.  With the type changed to AT_IGNORE, which readers must skip, the program finds none, and
 * falls back to system calls: glibc, musl and Go do, static or not.  The pages stay mapped, as some
 * machines return from signal handlers through them.
 *
 * AT_EXECFN is the name that was given to execve().  For a script the kernel replaced the program by its
 * interpreter and the arguments by "interpreter [argument] script ...", where the script is that name.
 */
#include "sandbox/trace_private.h"

#include "base/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STACK_WORDS_MAX (UINT32_C(4) << 20)
#define ARGUMENTS_READ  4096
#define COMMAND_MAX     4096
#define CHUNK           4096

/* ---- the auxiliary vector ---------------------------------------------------------------------------------- */

struct stack {
	pid_t pid;
	unsigned word;
	uint64_t at;           /* of the next word */
	uint64_t start, end;   /* what `chunk` holds */
	uint8_t chunk[CHUNK];
};

/* A page at a time: behind the last one there is nothing. */
static bool stack_fill(struct stack *s)
{
	uint64_t n = CHUNK - s->at % CHUNK;

	if (tracee_read(s->pid, s->at, s->chunk, n) < 0)
		return false;
	s->start = s->at;
	s->end = s->at + n;
	return true;
}

static bool stack_next(struct stack *s, uint64_t *ret)
{
	if (s->at % s->word || (s->at >= s->end && !stack_fill(s)))
		return false;
	*ret = 0;
	memcpy(ret, s->chunk + (s->at - s->start), s->word); /* both machines are little-endian */
	s->at += s->word;
	return true;
}

static bool skip_to_zero(struct stack *s)
{
	uint64_t v = 1;
	uint32_t i;

	for (i = 0; v && i < STACK_WORDS_MAX; i++)
		if (!stack_next(s, &v))
			return false;
	return v == 0;
}

/* `ret_name` is AT_EXECFN, empty when there is none. */
static void hide_vdso(pid_t pid, const struct new_program *n, char ret_name[PATH_MAX])
{
	struct stack s = { .pid = pid, .word = word_of_arch(n->arch), .at = n->stack };
	uint64_t argc, type = 1, value;
	const uint64_t ignore = AT_IGNORE;

	ret_name[0] = '\0';
	if (!s.word || !stack_next(&s, &argc) || !skip_to_zero(&s) || !skip_to_zero(&s))
		return;
	while (stack_next(&s, &type) && type != AT_NULL && stack_next(&s, &value)) {
		if (type == AT_SYSINFO_EHDR || type == AT_SYSINFO)
			(void)tracee_write(pid, s.at - 2 * s.word, &ignore, s.word);
		else if (type == AT_EXECFN)
			(void)tracee_text(pid, value, ret_name, PATH_MAX);
	}
}

/* ---- the entry --------------------------------------------------------------------------------------------- */

static int open_proc(pid_t pid, const char *what)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static void read_exe(pid_t pid, char ret[PATH_MAX])
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, ret, PATH_MAX - 1);
	ret[n > 0 ? n : 0] = '\0';
}

/* The beginning of the arguments, each ended by a NUL, and whether that is all. */
struct arguments {
	char text[ARGUMENTS_READ + 1];
	size_t len;
	bool cut;
};

static void read_arguments(pid_t pid, struct arguments *a)
{
	AUTO_FD int fd = open_proc(pid, "cmdline");
	ssize_t n = fd < 0 ? -1 : read(fd, a->text, sizeof(a->text));

	a->len = n > 0 ? (size_t)n : 0;
	a->cut = a->len == sizeof(a->text);
	a->len -= a->cut;
	a->text[a->len] = '\0';
}

static const char *argument_after(const struct arguments *a, const char *at)
{
	const char *next = at + strlen(at) + 1;

	return next < a->text + a->len ? next : NULL;
}

/* From `at` on, quoted for a shell; the caller frees. */
static char *quote_command(const struct arguments *a, const char *at)
{
	struct buffer b = BUFFER_INIT(4 * ARGUMENTS_READ + 16);
	const char *arg;

	for (arg = a->len ? at : NULL; arg; arg = argument_after(a, arg)) {
		if (arg != at)
			(void)buffer_putc(&b, ' ');
		(void)buffer_shell_word(&b, arg);
	}
	if (a->cut || b.len > COMMAND_MAX) {
		if (b.len > COMMAND_MAX - 3)
			b.len = COMMAND_MAX - 3;
		(void)buffer_puts(&b, "...");
	}
	if (!b.len)
		(void)buffer_puts(&b, "''");
	return buffer_detach(&b);
}

/* Where the script's own name stands among the arguments; NULL: this was no script. */
static const char *script_argument(pid_t pid, const struct arguments *a, const char *name)
{
	const char *arg = a->len ? argument_after(a, a->text) : NULL;
	char path[PATH_MAX + 32], start[2];

	if (arg && strcmp(arg, name) != 0)
		arg = argument_after(a, arg);
	if (!arg || !*name || strcmp(arg, name) != 0)
		return NULL;
	(void)snprintf(path, sizeof(path), "/proc/%d/%s/%s", (int)pid, *name == '/' ? "root" : "cwd", name);
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 && pread(fd, start, 2, 0) == 2 && !memcmp(start, "#!", 2) ? arg : NULL;
}

ino_t time_namespace_of(pid_t pid)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/time", (int)pid);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static struct program *add_entry(struct tracer *t, struct process *p, char *command, const struct program *before)
{
	AUTO_FREE char *owned = command;

	p->command = owned;
	return owned ? program_new(&t->records, p, before) : NULL;
}

struct program *exec_program(struct tracer *t, pid_t pid, const struct new_program *n, const struct program *before)
{
	char name[PATH_MAX], exe[PATH_MAX];
	struct process p = { .pid = pid, .program = exe, .kind = PROGRAM_UNKNOWN };
	struct program *script = NULL, *program;
	struct arguments a;
	const char *script_at;
	AUTO_FD int fd = open_proc(pid, "exe");

	hide_vdso(pid, n, name);
	read_arguments(pid, &a);
	read_exe(pid, exe);
	if (fd >= 0)
		p.kind = program_kind_of(fd);
	script_at = script_argument(pid, &a, name);
	if (script_at) {
		struct process s = { .pid = pid, .program = name, .kind = PROGRAM_SCRIPT };

		script = add_entry(t, &s, quote_command(&a, script_at), before);
	}
	program = add_entry(t, &p, quote_command(&a, a.text), script ? script : before);
	program_unref(&t->records, script);
	if (program)
		program->other_time = time_namespace_of(pid) != t->time_namespace;
	return program;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call that is about to open a file, seen from its caller.
 *
 * We open the same name, without touching the content (O_PATH), from where the caller
 * stands: /proc/PID/root for absolute names, resolved as if that were the root, so that
 * a chroot or mount namespace means what it means to the caller; /proc/PID/cwd
 * or /proc/PID/fd/N for relative ones.  The path that is noted is what the kernel says of the descriptor we have then.
 *
 * The kernel looks at the call only after us.  What it would refuse is refused here
 * too: missing files, rights, O_EXCL, O_NOFOLLOW, RESOLVE_ flags.  What remains (no descriptors left, a security
 * module, a race) notes a file that was not opened: a mistake in the direction of keeping.
 */
#include "sandbox/files_private.h"

#include "base/cleanup.h"
#include "sandbox/process.h"
#include "sandbox/watch_private.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SCRIPT_DEPTH  4   /* as the kernel's BINPRM_MAX_RECURSION */
#define BLIND_MAX     1024
#define SEGMENTS_MAX  512

struct wanted {
	pid_t pid;
	int dir; /* descriptor of the caller's, or AT_FDCWD */
	uint64_t flags, resolve;
	char path[PATH_MAX];
};

static int open_place(pid_t pid, const char *what)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Where a name starts from: a descriptor of ours. */
static int open_base(const struct wanted *w)
{
	char fd[32];

	if (*w->path == '/')
		return open_place(w->pid, "root");
	if (w->dir == AT_FDCWD)
		return open_place(w->pid, "cwd");
	(void)snprintf(fd, sizeof(fd), "fd/%d", w->dir);
	return open_place(w->pid, fd);
}

static int open_as(int base, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | flags, .resolve = resolve };
	int fd;

	if (*path == '/' && !(resolve & RESOLVE_BENEATH))
		how.resolve |= RESOLVE_IN_ROOT;
	fd = (int)syscall(SYS_openat2, base, path, &how, sizeof(how));
	return fd < 0 ? -errno : fd;
}

/* The path of what a descriptor stands for. -ENOENT: it has none. */
static int path_of(int fd, char out[PATH_MAX])
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, out, PATH_MAX - 1);
	if (n <= 0 || *out != '/')
		return -ENOENT;
	out[n] = '\0';
	return 0;
}

/* For a first sight: whether the path leads to it from here too. */
static bool is_here(const char *path, const struct stat *st)
{
	struct stat here;

	return lstat(path, &here) == 0 && here.st_dev == st->st_dev && here.st_ino == st->st_ino;
}

static void note(struct files_seen *s, int fd, unsigned access)
{
	char path[PATH_MAX];
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || path_of(fd, path) < 0)
		return;
	if (!files_find(s, path) && !is_here(path, &st)) {
		s->elsewhere += st.st_nlink > 0;
		return;
	}
	if (files_note(s, path, access) < 0)
		s->dropped++;
}

/* ---- open ---------------------------------------------------------------------------------------------------- */

/* The file is not there and will be made: named by its directory. */
static void note_made(struct files_seen *s, int base, const struct wanted *w)
{
	char dir[PATH_MAX], path[2 * PATH_MAX];
	char *slash = strrchr(w->path, '/');
	const char *name = slash ? slash + 1 : w->path;
	size_t len = slash ? (size_t)(slash - w->path) + (slash == w->path) : 0;
	struct stat st;
	AUTO_FD int fd = -1;

	(void)snprintf(path, sizeof(path), "%.*s", len ? (int)len : 1, len ? w->path : ".");
	fd = open_as(base, path, O_DIRECTORY, w->resolve);
	if (!*name || fd < 0 || path_of(fd, dir) < 0 || faccessat(fd, ".", W_OK, AT_EACCESS) < 0)
		return;
	if (fstat(fd, &st) < 0 || !is_here(dir, &st)) {
		s->elsewhere++;
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", strcmp(dir, "/") ? dir : "", name);
	if (strlen(path) < PATH_MAX && files_note(s, path, FILES_WRITE | FILES_MADE) < 0)
		s->dropped++;
}

static unsigned access_of(uint64_t flags)
{
	switch (flags & O_ACCMODE) {
	case O_WRONLY:
		return FILES_WRITE;
	case O_RDWR:
		return FILES_READ | FILES_WRITE;
	default:
		return FILES_READ | (flags & O_TRUNC ? FILES_WRITE : 0);
	}
}

static bool is_permitted(int fd, unsigned access)
{
	int mode = (access & FILES_READ ? R_OK : 0) | (access & FILES_WRITE ? W_OK : 0) | (access & FILES_EXEC ? X_OK : 0);
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

static void see_open(struct files_seen *s, const struct wanted *w)
{
	const uint64_t exclusive = O_CREAT | O_EXCL;
	AUTO_FD int base = -1, fd = -1;

	if ((w->flags & (O_PATH | O_DIRECTORY)) || (w->flags & O_TMPFILE) == O_TMPFILE)
		return;
	base = open_base(w);
	if (base < 0) {
		s->unread += base != -EBADF && base != -ENOENT;
		return;
	}
	fd = open_as(base, w->path, w->flags & O_NOFOLLOW, w->resolve);
	if (fd == -ENOENT && (w->flags & O_CREAT))
		note_made(s, base, w);
	else if (fd >= 0 && (w->flags & exclusive) != exclusive && is_permitted(fd, access_of(w->flags)))
		note(s, fd, access_of(w->flags));
}

/* ---- exec ---------------------------------------------------------------------------------------------------- */

/* PT_INTERP of a program of this word size; false: none. */
static bool loader_of(int fd, char out[PATH_MAX])
{
	ElfW(Ehdr) head;
	ElfW(Phdr) p;
	unsigned i;

	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	for (i = 0; i < head.e_phnum && i < SEGMENTS_MAX; i++) {
		if (pread(fd, &p, sizeof(p), (off_t)(head.e_phoff + i * sizeof(p))) != sizeof(p))
			return false;
		if (p.p_type != PT_INTERP)
			continue;
		if (p.p_filesz < 2 || p.p_filesz >= PATH_MAX ||
		    pread(fd, out, p.p_filesz, (off_t)p.p_offset) != (ssize_t)p.p_filesz)
			return false;
		out[p.p_filesz] = '\0';
		return true;
	}
	return false;
}

static void say_blind(struct files_seen *s, int fd, enum program_kind kind)
{
	struct files_blind *grown;
	char path[PATH_MAX];
	size_t i;

	if ((kind != PROGRAM_FOREIGN && kind != PROGRAM_PRIVILEGED) || path_of(fd, path) < 0 || s->blind_count == BLIND_MAX)
		return;
	for (i = 0; i < s->blind_count; i++)
		if (!strcmp(s->blind[i].program, path))
			return;
	grown = reallocarray(s->blind, s->blind_count + 1, sizeof(*grown));
	if (!grown)
		return;
	s->blind = grown;
	s->blind[i].program = strdup(path);
	s->blind[i].why = kind == PROGRAM_FOREIGN ? "of another architecture or word size: what it opens is not seen" :
						    "set-user-id: while it is recorded it may run without that";
	s->blind_count += s->blind[i].program != NULL;
}

/* A descriptor that can be read, where that is allowed: a program may be executable only. */
static int readable(int fd)
{
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return r < 0 ? -errno : r;
}

static void see_exec(struct files_seen *s, struct wanted *w)
{
	enum program_kind kind = PROGRAM_SCRIPT;
	const char *argument;
	unsigned depth;

	for (depth = 0; depth <= SCRIPT_DEPTH && kind == PROGRAM_SCRIPT; depth++) {
		AUTO_FD int base = open_base(w), fd = -1, content = -1;
		char line[WATCH_LINE_MAX];

		s->unread += base < 0 && base != -EBADF && base != -ENOENT;
		fd = base < 0 ? base : *w->path ? open_as(base, w->path, w->flags & O_NOFOLLOW, 0) : steal_fd(&base);
		if (fd < 0 || !is_permitted(fd, FILES_EXEC))
			return;
		note(s, fd, FILES_EXEC);
		s->programs += depth == 0;
		content = readable(fd);
		kind = content < 0 ? PROGRAM_UNKNOWN : program_kind_of(content);
		say_blind(s, fd, kind);
		if (kind == PROGRAM_SCRIPT && watch_interpreter_of(content, line, &argument) == 0)
			(void)snprintf(w->path, sizeof(w->path), "%s", line);
		else if (content < 0 || !loader_of(content, w->path))
			return;
		w->dir = AT_FDCWD;
		w->flags = 0;
		if (kind != PROGRAM_SCRIPT) { /* the loader, and that is the end */
			AUTO_FD int root = open_base(w);
			AUTO_FD int loader = root < 0 ? root : open_as(root, w->path, 0, 0);

			if (loader >= 0)
				note(s, loader, FILES_READ);
		}
	}
}

/* ---- the calls ----------------------------------------------------------------------------------------------- */

static bool read_name(struct files_seen *s, struct wanted *w, uint64_t at)
{
	int r = watch_read_string(w->pid, at, w->path, sizeof(w->path));

	s->unread += r < 0;
	/*
	 * The kernel's own file systems have no files to keep, and their names may mean another process; but /dev/shm is a
	 * place for files like any other.
	 */
	return r == 0 && strncmp(w->path, "/proc/", 6) && strncmp(w->path, "/sys/", 5) &&
	       (strncmp(w->path, "/dev/", 5) || !strncmp(w->path, "/dev/shm/", 9));
}

static void look_open(struct files_seen *s, struct wanted *w, const struct seccomp_data *call)
{
	struct open_how how = { 0 };
	size_t size = call->args[3] < sizeof(how) ? call->args[3] : sizeof(how);

	if (call->nr == __NR_openat2) {
		if (watch_read_memory(w->pid, call->args[2], &how, size) != (ssize_t)size)
			return;
		w->flags = how.flags;
		w->resolve = how.resolve & ~(uint64_t)RESOLVE_CACHED;
	} else {
		w->flags = (uint32_t)call->args[2];
	}
	w->dir = (int)call->args[0];
	if (read_name(s, w, call->args[1]) && *w->path)
		see_open(s, w);
}

static void look_exec(struct files_seen *s, struct wanted *w, const struct seccomp_data *call)
{
	bool at = call->nr == __NR_execveat;

	w->dir = at ? (int)call->args[0] : AT_FDCWD;
	w->flags = at && (call->args[4] & AT_SYMLINK_NOFOLLOW) ? O_NOFOLLOW : 0;
	if (!read_name(s, w, call->args[at ? 1 : 0]))
		return;
	if (*w->path || (at && (call->args[4] & AT_EMPTY_PATH)))
		see_exec(s, w);
}

void files_look(struct files_seen *s, pid_t caller, const struct seccomp_data *call)
{
	struct wanted w;

	w.pid = caller;
	w.resolve = 0;
	w.dir = AT_FDCWD;
	switch (call->nr) {
	case __NR_openat:
	case __NR_openat2:
		look_open(s, &w, call);
		break;
	case __NR_execve:
	case __NR_execveat:
		look_exec(s, &w, call);
		break;
#ifdef __NR_open
	case __NR_open:
	case __NR_creat:
		w.flags = call->nr == __NR_open ? (uint32_t)call->args[1] : O_CREAT | O_WRONLY | O_TRUNC;
		if (read_name(s, &w, call->args[0]) && *w.path)
			see_open(s, &w);
		break;
#endif
	default:
		break;
	}
}

void files_look_inherited(struct files_seen *s)
{
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++) {
		int flags = fcntl(fd, F_GETFL);

		if (flags >= 0 && !(flags & O_PATH))
			note(s, fd, access_of((uint64_t)flags & O_ACCMODE));
	}
}

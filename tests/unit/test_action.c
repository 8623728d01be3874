/* SPDX-License-Identifier: Apache-2.0 */
/*
 * action.c and its rooms: real commands in real worlds.
 *
 * The same tests run as whoever runs them and, when that is root, once more as an unprivileged user; then a few again
 * where the kernel refuses namespaces, which a seccomp filter stands in for.
 */
#include "sandbox/action.h"

#include "tests/unit/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define NOBODY 65534

static struct action a;
static struct action_result *r;
static struct error err;
static char inputs[512];
static unsigned files_before;
static const char *const plain_env[] = { "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/home/tester", NULL };
static char text[1 << 16];

/* ---- each test --------------------------------------------------------------------------------------------- */

static unsigned open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void in_inputs(const char *name, const char *content)
{
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/%s", inputs, name);
	scratch_write(path, content, strlen(content));
}

static int setup(void **state)
{
	char path[1024];

	(void)state;
	r = NULL;
	err = (struct error){ 0 };
	files_before = open_files();
	(void)snprintf(inputs, sizeof(inputs), "%s/in", scratch_dir);
	(void)snprintf(path, sizeof(path), "%s/in/sub", scratch_dir);
	if (mkdir(inputs, 0755) < 0 || mkdir(path, 0755) < 0)
		return -1;
	in_inputs("a.txt", "first\n");
	in_inputs("gone.txt", "second\n");
	in_inputs("sub/c.txt", "third\n");
	a = (struct action)ACTION_INIT;
	a.inputs = a.directory = inputs;
	a.env = plain_env;
	return 0;
}

/* No process, descriptor or directory is left, whatever the test did. */
static int teardown(void **state)
{
	(void)state;
	action_result_free(r);
	r = NULL;
	if (nftw(inputs, scratch_remove, 16, FTW_DEPTH | FTW_PHYS) < 0)
		return -1;
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
		print_error("a child is left\n");
		return -1;
	}
	if (open_files() != files_before) {
		print_error("a descriptor is left\n");
		return -1;
	}
	return 0;
}

static void sh(const char *command)
{
	const char *argv[] = { "sh", "-c", command, NULL };
	int q;

	a.argv = argv;
	action_result_free(r);
	r = NULL;
	q = action_run(&a, &r, &err);
	a.argv = NULL;
	if (q < 0)
		print_error("%s\n", error_text(&err, text, sizeof(text)));
	assert_int_equal(q, 0);
}

static const char *out(void)
{
	return buffer_str(&r->out.head);
}

/* The command must succeed and print just this. */
static void prints(const char *command, const char *expected)
{
	sh(command);
	if (r->status)
		print_error("%s", buffer_str(&r->err.head));
	assert_int_equal(r->status, 0);
	assert_string_equal(out(), expected);
}

static bool has(unsigned features)
{
	return (action_world_probe()->has & features) == features;
}

static void need(unsigned features)
{
	if (!has(features)) {
		print_message("skipped: %s\n", action_world_probe()->missing);
		skip();
	}
}

static mode_t output_type(const char *name)
{
	struct stat st;

	return fstatat(r->outputs, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode & S_IFMT;
}

static bool wrote_elsewhere(const char *path)
{
	size_t i;

	for (i = 0; i < r->elsewhere_count; i++)
		if (!strcmp(r->elsewhere[i], path))
			return true;
	return false;
}

/* ---- the plain run ----------------------------------------------------------------------------------------- */

static void output_and_status_come_back(void **state)
{
	(void)state;
	sh("echo one; echo two >&2; exit 3");
	assert_int_equal(r->status, 3);
	assert_int_equal(r->signal, 0);
	assert_string_equal(out(), "one\n");
	assert_string_equal(buffer_str(&r->err.head), "two\n");
	assert_int_equal(r->out.total, 4);
	assert_true(r->seconds > 0 && r->setup_seconds > 0);
	sh("kill -TERM $$");
	assert_int_equal(r->status, 128 + SIGTERM);
	assert_int_equal(r->signal, SIGTERM);
	prints("cat; echo end", "end\n"); /* stdin is empty */
	prints("echo /proc/self/fd/*", "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n"); /* and its own */
}

static void what_is_written_is_beside_the_tree(void **state)
{
	char path[1024];

	(void)state;
	sh("cat a.txt sub/c.txt; echo changed > a.txt; echo new > sub/d.txt; rm gone.txt; mkdir -p x/y; cat a.txt");
	assert_int_equal(r->status, 0);
	assert_string_equal(out(), "first\nthird\nchanged\n");
	assert_int_equal(output_type("a.txt"), S_IFREG);
	assert_int_equal(output_type("sub/d.txt"), S_IFREG);
	assert_int_equal(output_type("gone.txt"), S_IFCHR);
	assert_int_equal(output_type("x/y"), S_IFDIR);
	assert_int_equal(output_type("sub/c.txt"), 0);
	/* By its name below /proc, and long after the world is gone. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/sub/d.txt", r->outputs);
	AUTO_FREE char *content = scratch_read(path);
	assert_string_equal(content, "new\n");
	(void)snprintf(path, sizeof(path), "%s/a.txt", inputs);
	AUTO_FREE char *before = scratch_read(path);
	assert_string_equal(before, "first\n");
	assert_true(fcntl(r->outputs, F_GETFD) & FD_CLOEXEC);
}

static void an_idle_command_writes_nothing(void **state)
{
	DIR *d;
	unsigned n = 0;

	(void)state;
	sh("cat a.txt gone.txt sub/c.txt >/dev/null; ls -R >/dev/null");
	d = fdopendir(dup(r->outputs));
	while (readdir(d))
		n++;
	closedir(d);
	assert_int_equal(n, 2);
	assert_int_equal(r->elsewhere_total, 0);
}

static void the_host_is_read_only(void **state)
{
	(void)state;
	need(WORLD_MOUNT);
	prints("for d in / /usr /etc /tmp /var/tmp /dev /sys /.reprocheck; do touch $d/w 2>/dev/null && echo $d; done; true", "");
	prints("for f in /proc/sys/kernel/core_pattern /proc/sys/vm/swappiness /proc/sysrq-trigger; do "
	       "(echo x > $f) 2>/dev/null && echo $f; done; true", "");
	prints("mount -o remount,rw,bind /usr 2>/dev/null && echo remounted; umount /usr 2>/dev/null && echo gone; "
	       "mknod n b 7 0 2>/dev/null && echo node; true", "");
	/* What only looks at the host works. */
	prints("head -c 3 /dev/zero | wc -c; test -c /dev/null && echo x > /dev/null && echo ok", "3\nok\n");
}

/* The first process of the world is a fork of ours: what we have in memory is not the command's to read. */
static void the_callers_memory_is_not_readable(void **state)
{
	(void)state;
	need(WORLD_PID | WORLD_MOUNT);
	prints("for f in environ maps mem auxv exe cwd/. root/.; do cat /proc/1/$f >/dev/null 2>&1 && echo $f; "
	       "ls /proc/1/$f/ >/dev/null 2>&1 && echo $f; done; cat /proc/1/comm", "init\n");
}

static void a_command_that_cannot_be_executed(void **state)
{
	const char *missing[] = { "there-is-no-such-command", NULL }, *plain[] = { "./a.txt", NULL }, *empty[] = { "", NULL };

	(void)state;
	a.argv = missing;
	assert_int_equal(action_run(&a, &r, &err), 0);
	assert_int_equal(r->status, 127);
	assert_string_equal(buffer_str(&r->err.head), "there-is-no-such-command: not found\n");
	action_result_free(r);
	a.argv = plain;
	assert_int_equal(action_run(&a, &r, &err), 0);
	assert_int_equal(r->status, 126);
	assert_string_equal(buffer_str(&r->err.head), "./a.txt: Permission denied\n");
	action_result_free(r);
	a.argv = empty;
	assert_int_equal(action_run(&a, &r, &err), 0);
	assert_int_equal(r->status, 127);
}

static void a_script_without_interpreter_is_the_shells(void **state)
{
	const char *argv[] = { "./script", "x y", NULL };
	char path[1024];

	(void)state;
	in_inputs("script", "echo \"got $1\"\n");
	(void)snprintf(path, sizeof(path), "%s/script", inputs);
	assert_int_equal(chmod(path, 0755), 0);
	a.argv = argv;
	assert_int_equal(action_run(&a, &r, &err), 0);
	assert_string_equal(out(), "got x y\n");
}

static void wrong_calls_are_refused(void **state)
{
	const char *argv[] = { "true", NULL };
	char file[1024];
	struct writable w = { .at = "relative" };
	const struct {
		const char *inputs, *directory;
		int code;
	} wrong[] = { { "/no/such/place", inputs, -ENOENT }, { NULL, inputs, -EINVAL },      { inputs, "relative", -EINVAL },
		      { inputs, "/", -EINVAL },               { inputs, "/a/../b", -EINVAL }, { inputs, "/proc/x", -EINVAL },
		      { inputs, "/dev/null/x", -ENOTDIR },    { file, inputs, -ENOTDIR } };
	size_t i;

	(void)state;
	(void)snprintf(file, sizeof(file), "%s/a.txt", inputs);
	a.argv = argv;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (wrong[i].code == -ENOTDIR && wrong[i].inputs == inputs && !has(WORLD_MOUNT))
			continue;
		a.inputs = wrong[i].inputs;
		a.directory = wrong[i].directory;
		err = (struct error){ 0 };
		assert_int_equal(action_run(&a, &r, &err), wrong[i].code);
		assert_true(err.code && *err.message);
	}
	a.inputs = a.directory = inputs;
	a.writable = &w;
	a.writable_count = 1;
	assert_int_equal(action_run(&a, &r, &err), -EINVAL);
	a.writable_count = 0;
	a.argv = (const char *[]){ NULL };
	assert_int_equal(action_run(&a, &r, &err), -EINVAL);
	a.argv = argv;
	a.subdir = "nowhere";
	err = (struct error){ 0 };
	assert_int_equal(action_run(&a, &r, &err), -ENOENT);
}

/* ---- places ------------------------------------------------------------------------------------------------ */

static void the_tree_can_be_anywhere(void **state)
{
	static const char *const places[] = { "/built", "/built/deeper/down", "/usr/share/none/of/this", "/etc/x", "/root/x/y" };
	char expected[256];
	size_t i;

	(void)state;
	need(WORLD_MOUNT | WORLD_OVERLAY);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		a.directory = places[i];
		(void)snprintf(expected, sizeof(expected), "%s\nfirst\nnew\n", places[i]);
		prints("pwd; cat a.txt; echo new > n; cat n", expected);
		assert_int_equal(output_type("n"), S_IFREG);
		/* What stood beside it is still there. */
		prints("test -e /etc/passwd && test -e /usr/share && ls / >/dev/null && echo ok", "ok\n");
	}
	a.subdir = "sub";
	prints("cat c.txt", "third\n");
}

static void the_old_place_is_hidden(void **state)
{
	char command[2048], path[1024];
	const char *env[] = { path, NULL };

	(void)state;
	need(WORLD_MOUNT | WORLD_OVERLAY);
	a.directory = "/built";
	(void)snprintf(command, sizeof(command), "ls -A %s; cat %s/a.txt 2>/dev/null; true", inputs, inputs);
	prints(command, "");
	/* Not what the command is found through. */
	(void)snprintf(path, sizeof(path), "PATH=/usr/bin:/bin:%s/sub", inputs);
	a.env = env;
	(void)snprintf(command, sizeof(command), "ls -A %s/sub", inputs);
	prints(command, "c.txt\n");
}

static void directories_beside_the_tree(void **state)
{
	char home[1024], in_home[1100];
	struct writable w[] = { { "/tmp", NULL }, { home, home }, { "/made/for/it", NULL } };

	(void)state;
	need(WORLD_MOUNT | WORLD_OVERLAY);
	(void)snprintf(home, sizeof(home), "%s/home", scratch_dir);
	(void)snprintf(in_home, sizeof(in_home), "%s/home/kept", scratch_dir);
	assert_int_equal(mkdir(home, 0755), 0);
	scratch_write(in_home, "kept\n", 5);
	a.writable = w;
	a.writable_count = 3;
	a.directory = "/built";
	/* Nothing of the host's /tmp is there, but the way to our own directories, where they lie below it. */
	(void)snprintf(text, sizeof(text),
		       "own=$(echo %s | cut -d/ -f3); ls -A /tmp | grep -vxF -- \"$own\"; echo a > /tmp/t; cat %s; "
		       "echo b > %s; mkdir -p /made/for/it/d; echo > /dev/shm/s",
		       scratch_dir, in_home, in_home);
	prints(text, "kept\n");
	assert_true(wrote_elsewhere("/tmp/t"));
	assert_true(wrote_elsewhere(in_home));
	assert_true(wrote_elsewhere("/made/for/it/d"));
	assert_true(wrote_elsewhere("/dev/shm/s"));
	assert_int_equal(r->elsewhere_total, 4);
	AUTO_FREE char *kept = scratch_read(in_home);
	assert_string_equal(kept, "kept\n");
	assert_int_equal(unlink(in_home), 0);
	assert_int_equal(rmdir(home), 0);
}

/* The tree in a writable directory, and one in the tree: mount points are no outputs. */
static void places_can_be_nested(void **state)
{
	char in_tree[1024];
	struct writable w[] = { { in_tree, NULL }, { "/nest", NULL } };
	struct writable shown[] = { { "/nest/tree/from/elsewhere", inputs } };

	(void)state;
	need(WORLD_MOUNT | WORLD_OVERLAY);
	(void)snprintf(in_tree, sizeof(in_tree), "/nest/tree/cache/tmp");
	a.directory = "/nest/tree";
	a.writable = w;
	a.writable_count = 2;
	a.shown = shown;
	a.shown_count = 1;
	prints("cat from/elsewhere/a.txt; echo > cache/tmp/x; echo > ../y; echo n > n; touch from/elsewhere/z 2>/dev/null; true",
	       "first\n");
	assert_int_equal(output_type("n"), S_IFREG);
	assert_int_equal(output_type("cache"), 0);
	assert_int_equal(output_type("from"), 0);
	assert_true(wrote_elsewhere("/nest/tree/cache/tmp/x"));
	assert_true(wrote_elsewhere("/nest/y"));
	assert_int_equal(r->elsewhere_total, 2);
}

/* ---- copies ------------------------------------------------------------------------------------------------ */

static void set_times(const char *name, time_t atime, time_t mtime)
{
	char path[1024];
	struct timespec t[2] = { { .tv_sec = atime }, { .tv_sec = mtime } };

	(void)snprintf(path, sizeof(path), "%s/%s", inputs, name);
	assert_int_equal(utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW), 0);
}

static void times_are_shifted(void **state)
{
	(void)state;
	set_times("a.txt", 1500000000, 1600000000);
	set_times("sub", 1500000001, 1600000001);
	a.mtime_shift = 1000;
	prints("stat -c '%X %Y' a.txt sub", "1500000000 1600001000\n1500000001 1600001001\n");
	assert_int_equal(r->copied_bytes, 6 + 7 + 6);
	assert_true(r->copy_seconds > 0);
	if (!has(WORLD_OVERLAY))
		return; /* reading the copy moves its atime */
	a.mtime_shift = 0;
	a.atime_shift = -86400;
	prints("cat a.txt >/dev/null; stat -c '%X %Y' a.txt", "1499913600 1600000000\n");
	assert_int_equal(output_type("a.txt"), 0);
}

static void a_copy_keeps_what_the_inputs_are(void **state)
{
	char from[1024], to[1024];

	(void)state;
	(void)snprintf(from, sizeof(from), "%s/a.txt", inputs);
	(void)snprintf(to, sizeof(to), "%s/hard", inputs);
	assert_int_equal(link(from, to), 0);
	assert_int_equal(chmod(from, 0640), 0);
	(void)snprintf(to, sizeof(to), "%s/soft", inputs);
	assert_int_equal(symlink("a.txt", to), 0);
	(void)snprintf(to, sizeof(to), "%s/holes", inputs);
	scratch_write(to, "x", 1);
	assert_int_equal(truncate(to, 1 << 24), 0);
	(void)snprintf(to, sizeof(to), "%s/sub", inputs);
	assert_int_equal(chmod(to, 0555), 0);
	a.copy = true;
	prints("stat -c '%a %h' a.txt; readlink soft; stat -c %s holes; test a.txt -ef hard && echo same; stat -c %a sub; "
	       "test $(stat -c %b holes) -lt 100 && echo sparse",
	       "640 2\na.txt\n16777216\nsame\n555\nsparse\n");
	assert_int_equal(chmod(to, 0755), 0);
}

static void the_order_can_be_turned_around(void **state)
{
	char order[256], inodes[256];

	(void)state;
	need(WORLD_MOUNT | WORLD_OVERLAY);
	in_inputs("sub/d.txt", "");
	in_inputs("sub/e.txt", "");
	a.no_preload = true;
	a.copy = true;
	sh("ls -f sub | grep txt | tr '\\n' ' '");
	(void)snprintf(order, sizeof(order), "%s", out());
	assert_true(!strcmp(order, "c.txt d.txt e.txt ") || !strcmp(order, "e.txt d.txt c.txt "));
	sh("ls -i sub");
	(void)snprintf(inodes, sizeof(inodes), "%s", out());
	a.copy_reversed = true;
	prints("ls -f sub | grep txt | tr '\\n' ' '", *order == 'c' ? "e.txt d.txt c.txt " : "c.txt d.txt e.txt ");
	prints("ls -i sub", inodes);
}

/* ---- surroundings ------------------------------------------------------------------------------------------ */

static void names_of_the_host(void **state)
{
	(void)state;
	need(WORLD_MOUNT | WORLD_UTS);
	a.host = "built-here";
	a.domain = "example.org";
	prints("uname -n; cat /etc/hostname; cat /proc/sys/kernel/domainname; getent ahosts built-here | head -n 1 | cut -d' ' -f1",
	       "built-here\nbuilt-here\nexample.org\n127.0.1.1\n");
}

static void another_user(void **state)
{
	(void)state;
	need(WORLD_MOUNT | WORLD_MAP_USER);
	a.user = "somebody";
	a.uid = 4321;
	a.gid = 1234;
	prints("id -u; id -g; id -un; id -gn; getent passwd 4321; echo x > n; stat -c %u:%g n a.txt",
	       "4321\n1234\nsomebody\nsomebody\nsomebody:x:4321:1234:somebody:/home/tester:/bin/sh\n4321:1234\n4321:1234\n");
	assert_int_equal(output_type("n"), S_IFREG);
	a.user = "bad:name";
	a.argv = (const char *[]){ "true", NULL };
	action_result_free(r);
	r = NULL;
	assert_int_equal(action_run(&a, &r, &err), -EINVAL);
}

static void root_can_still_give_files_away(void **state)
{
	struct stat st;

	(void)state;
	prints("echo > n; chown 12345:54321 n; stat -c %u:%g n; su -s /bin/sh -c 'id -u' nobody 2>/dev/null || setpriv --reuid=65534 id -u",
	       "12345:54321\n65534\n");
	assert_int_equal(fstatat(r->outputs, "n", &st, 0), 0);
	assert_int_equal(st.st_uid, 12345);
}

static void masks_and_personalities(void **state)
{
	(void)state;
	a.umask = 027;
	prints("umask; touch n; stat -c %a n", "0027\n640\n");
	a.personality = ADDR_NO_RANDOMIZE | UNAME26;
	prints("uname -r | cut -c1-4; grep -q 0*60000 /proc/self/personality && echo set", "2.6.\nset\n");
}

static void processors(void **state)
{
	(void)state;
	a.cpus = 1;
	prints("nproc", "1\n");
	need(WORLD_MOUNT);
	prints("grep -c ^processor /proc/cpuinfo; grep -c '^cpu[0-9]' /proc/stat; cat /sys/devices/system/cpu/online; "
	       "ls -d /sys/devices/system/cpu/cpu[0-9]*; getconf _NPROCESSORS_ONLN",
	       "1\n1\n0\n/sys/devices/system/cpu/cpu0\n1\n");
	a.cpus = 4000;
	sh("true");
	assert_non_null(strstr(r->warning, "processors"));
}

static void process_numbers(void **state)
{
	(void)state;
	need(WORLD_PID | WORLD_SET_PID);
	a.first_pid = 4000;
	prints("echo $$; sh -c 'echo $$; true'", "4000\n4001\n");
	assert_int_equal(r->processes.items[0].pid, 4000);
}

static void a_terminal(void **state)
{
	(void)state;
	a.tty = true;
	prints("test -t 0 && test -t 1 && test -t 2 && tty >/dev/null && stty size </dev/tty && echo err >&2", "24 80\r\nerr\r\n");
	assert_int_equal(r->err.total, 0);
	a.tty = false;
	prints("test -t 0 || test -t 1 || test -t 2 || echo none; (: </dev/tty) 2>/dev/null || echo detached", "none\ndetached\n");
}

static void the_network_is_loopback(void **state)
{
	(void)state;
	need(WORLD_NETWORK | WORLD_MOUNT);
	prints("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '", "lo\n");
	prints("bash -c 'exec 3<>/dev/udp/127.0.0.1/9 && echo up'", "up\n");
}

/* ---- what we bring ----------------------------------------------------------------------------------------- */

static void the_clock_stands_still(void **state)
{
	(void)state;
	need(WORLD_MOUNT);
	a.clock = CLOCK_FROZEN;
	a.clock_sec = 1000000000;
	prints("date +%s; echo > n; stat -c %Y n", "1000000000\n1000000000\n");
	a.no_preload = true;
	sh("date +%s; env | grep -c LD_PRELOAD");
	assert_true(strtol(out(), NULL, 10) > 1600000000);
	assert_non_null(strstr(out(), "\n0\n"));
}

static void devices_are_the_same_in_each_run(void **state)
{
	char first[256];

	(void)state;
	need(WORLD_MOUNT | WORLD_OVERLAY);
	sh("stat -c '%d' . a.txt / /dev/shm");
	(void)snprintf(first, sizeof(first), "%s", out());
	prints("stat -c '%d' . a.txt / /dev/shm", first);
	a.inode_shift = 1000;
	sh("stat -c '%d' . a.txt / /dev/shm");
	assert_string_not_equal(out(), first);
}

static void a_preload_of_the_users_own_stays(void **state)
{
	const char *env[] = { "LD_PRELOAD=/own.so", "PATH=/usr/bin:/bin", NULL };

	(void)state;
	need(WORLD_MOUNT);
	a.env = env;
	prints("echo $LD_PRELOAD", "/.reprocheck/preload.so:/own.so\n");
}

static void the_probe_answers(void **state)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 20);

	(void)state;
	a.umask = 077;
	assert_int_equal(action_probe(&a, &b, &err), 0);
	assert_int_equal(b.data[0], '{');
	assert_non_null(strstr(b.data, "umask"));
}

/* ---- who ran ----------------------------------------------------------------------------------------------- */

static const struct process *process_named(const char *program)
{
	size_t i;

	for (i = 0; i < r->processes.count; i++)
		if (!strcmp(r->processes.items[i].program, program))
			return &r->processes.items[i];
	return NULL;
}

static void programs_are_seen(void **state)
{
	const struct process *script, *shell;
	char path[1024], command[1100];

	(void)state;
	need(WORLD_WATCH | WORLD_PID);
	(void)snprintf(path, sizeof(path), "%s/run me", inputs);
	scratch_write(path, "#!/bin/sh\ncat /dev/null \"$@\"\n", 29);
	assert_int_equal(chmod(path, 0755), 0);
	sh("'./run me' /dev/null; (no-such-command) 2>/dev/null; true");
	assert_int_equal(r->status, 0);
	assert_int_equal(r->processes.items[0].parent, SIZE_MAX);
	assert_int_equal(r->processes.items[0].kind, PROGRAM_DYNAMIC);
	script = process_named(path);
	assert_non_null(script);
	assert_int_equal(script->kind, PROGRAM_SCRIPT);
	assert_int_equal(script->parent, 0);
	assert_string_equal(script->command, "'./run me' /dev/null");
	shell = process_named("/bin/sh");
	assert_non_null(shell);
	assert_int_equal(shell->parent, script - r->processes.items);
	assert_int_equal(shell->pid, script->pid);
	(void)snprintf(command, sizeof(command), "/bin/sh './run me' /dev/null");
	assert_string_equal(shell->command, command);
	assert_int_equal(r->processes.items[r->processes.count - 1].parent, shell - r->processes.items);
	assert_int_equal(r->processes.count, 4); /* what is not there did not run */
}

static void connections_are_seen(void **state)
{
	const struct observation *o;

	(void)state;
	need(WORLD_WATCH | WORLD_NETWORK);
	sh("bash -c 'exec 3<>/dev/tcp/192.0.2.1/443' 2>/dev/null; bash -c 'exec 3<>/dev/tcp/127.0.0.1/1' 2>/dev/null; true");
	assert_int_equal(r->processes.observation_count, 1);
	o = &r->processes.observations[0];
	assert_int_equal(o->source, SOURCE_NETWORK);
	assert_int_equal(o->len, strlen("192.0.2.1 port 443"));
	assert_memory_equal(o->value, "192.0.2.1 port 443", o->len);
	assert_non_null(strstr(r->processes.items[o->process].command, "192.0.2.1"));
}

static void a_traced_run(void **state)
{
	(void)state;
	need(WORLD_TRACE | WORLD_MOUNT);
	a.trace = true;
	a.clock = CLOCK_FROZEN;
	a.clock_sec = 1000000000;
	sh("date +%s; echo new > n; exit 5");
	assert_int_equal(r->status, 5);
	assert_string_equal(out(), "1000000000\n");
	assert_true(r->processes.count >= 2);
	assert_true(r->processes.observation_count > 0);
	assert_int_equal(output_type("n"), S_IFREG);
	a.timeout_ms = 200;
	sh("setsid sleep 100 & sleep 100");
	assert_true(r->timed_out);
}

/* ---- commands that do not behave --------------------------------------------------------------------------- */

static void too_long(void **state)
{
	struct timespec before, after;

	(void)state;
	a.timeout_ms = 200;
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	sh("trap '' TERM INT HUP; echo started; setsid sleep 100 & sleep 100");
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(r->timed_out);
	assert_int_equal(r->status, 128 + SIGKILL);
	assert_string_equal(out(), "started\n");
	assert_true(after.tv_sec - before.tv_sec < 5);
}

/* Each process lives just long enough to start the next: whoever kills them one by one comes too late. */
static void a_chain_of_forks(void **state)
{
	(void)state;
	a.timeout_ms = 200;
	sh("next() { next & }; next; next; next; sleep 100");
	assert_true(r->timed_out);
	a.timeout_ms = 0;
	sh("next() { next & }; next");
	assert_int_equal(r->status, 0);
	assert_true(r->leftover >= 1);
}

static void daemons_die(void **state)
{
	(void)state;
	sh("setsid sleep 98765 >/dev/null 2>&1 & setsid sh -c 'sleep 98765 & sleep 98765' & echo done");
	assert_int_equal(r->status, 0);
	assert_string_equal(out(), "done\n");
	if (has(WORLD_PID))
		assert_in_range(r->leftover, 2, 4);
	assert_true(r->leftover >= 2);
	/* What is about to end is not left over. */
	sh("sleep 0.01 & true");
	assert_int_equal(r->leftover, 0);
}

static void a_full_scratch(void **state)
{
	(void)state;
	need(WORLD_MOUNT);
	a.scratch_max = 8 << 20;
	sh("dd if=/dev/zero of=big bs=1M count=64 2>/dev/null; s=$?; rm -f big; exit $s");
	assert_int_equal(r->status, 1);
	assert_true(r->filled);
	sh("dd if=/dev/zero of=big bs=1M count=1 2>/dev/null");
	assert_false(r->filled);
	/* Inputs that do not fit are an error of ours. */
	a.copy = true;
	in_inputs("big", "");
	(void)snprintf(text, sizeof(text), "%s/big", inputs);
	int fd = open(text, O_WRONLY | O_CLOEXEC);
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 160; i++)
		assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	(void)close(fd);
	a.argv = (const char *[]){ "true", NULL };
	action_result_free(r);
	r = NULL;
	assert_int_equal(action_run(&a, &r, &err), -ENOSPC);
}

static void inputs_that_are_removed(void **state)
{
	struct stat st;
	char path[1024];

	(void)state;
	sh("rm -rf ./* ; ls -A");
	assert_string_equal(out(), "");
	assert_int_equal(output_type("sub"), S_IFCHR);
	(void)snprintf(path, sizeof(path), "%s/sub/c.txt", inputs);
	assert_int_equal(stat(path, &st), 0);
}

static void much_output(void **state)
{
	(void)state;
	a.log_max = 1000;
	sh("seq 1 1000000; echo last; seq 1 10 >&2");
	assert_int_equal(r->out.total, 6888896 + 5);
	assert_int_equal(r->out.head.len, 500);
	assert_int_equal(r->out.tail.len, 500);
	assert_memory_equal(r->out.head.data, "1\n2\n3\n", 6);
	assert_string_equal(r->out.tail.data + 500 - 5 - 8, "1000000\nlast\n");
	assert_int_equal(r->err.tail.len, 0);
	/* All of it, when it just fits. */
	sh("head -c 1000 /dev/zero | tr '\\0' x");
	assert_int_equal(r->out.head.len + r->out.tail.len, 1000);
	a.log_max = 0;
	sh("echo x");
	assert_int_equal(r->out.total, 2);
	assert_int_equal(r->out.head.len, 0);
}

static uint64_t microseconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static bool now_is_after(void *ctx)
{
	return microseconds() >= *(uint64_t *)ctx;
}

static bool directory_is_empty(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n == 2;
}

static unsigned mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	unsigned n = 0;
	int c;

	while ((c = getc(f)) != EOF)
		n += c == '\n';
	(void)fclose(f);
	return n;
}

/* Stopped at any moment, in memory and on disk: nothing is left. Descriptors and children are looked at after each test. */
static void interrupted_at_any_time(void **state)
{
	const char *argv[] = { "sh", "-c", "while :; do echo x; sleep 0.01 & done", NULL };
	char disk[1024];
	unsigned before = mounts(), i, stopped = 0;
	uint64_t until;

	(void)state;
	(void)snprintf(disk, sizeof(disk), "%s/disk", scratch_dir);
	assert_int_equal(mkdir(disk, 0755), 0);
	a.argv = argv;
	a.interrupted = now_is_after;
	a.interrupted_ctx = &until;
	a.copy = true;
	for (i = 0; i < 100; i++) {
		a.scratch = i % 2 ? disk : NULL;
		until = microseconds() + i * 97;
		assert_int_equal(action_run(&a, &r, &err), 0);
		stopped += r->interrupted;
		action_result_free(r);
		r = NULL;
	}
	assert_int_equal(stopped, 100);
	assert_true(directory_is_empty(disk));
	assert_int_equal(mounts(), before);
	assert_int_equal(rmdir(disk), 0);
}

static unsigned processes_with(const char *word)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char path[300], line[4096];
		int fd;
		ssize_t len;

		(void)snprintf(path, sizeof(path), "/proc/%s/cmdline", e->d_name);
		fd = e->d_name[0] >= '0' && e->d_name[0] <= '9' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		if (fd < 0)
			continue;
		len = read(fd, line, sizeof(line) - 1);
		(void)close(fd);
		for (ssize_t i = 0; i < len; i++)
			if (!line[i])
				line[i] = ' ';
		line[len > 0 ? len : 0] = '\0';
		n += strstr(line, word) != NULL;
	}
	closedir(d);
	return n;
}

static bool become(unsigned (*measure)(const char *), const char *word, unsigned wanted)
{
	for (int i = 0; i < 500; i++) {
		if (measure(word) == wanted)
			return true;
		(void)usleep(10000);
	}
	return false;
}

/* kill -9 of the caller takes the world with it; the disk is swept by the next. */
static void the_caller_is_killed(void **state)
{
	char disk[1024], word[64], command[256];
	pid_t child;

	(void)state;
	(void)snprintf(disk, sizeof(disk), "%s/disk", scratch_dir);
	(void)snprintf(word, sizeof(word), "%d.54321", 40000 + (int)getpid());
	(void)snprintf(command, sizeof(command), "echo > x; sleep %s & setsid sleep %s & sleep %s", word, word, word);
	assert_int_equal(mkdir(disk, 0755), 0);
	a.scratch = disk;
	child = fork();
	if (child == 0) {
		sh(command);
		_exit(0);
	}
	(void)snprintf(command, sizeof(command), "sleep %s", word);
	assert_true(become(processes_with, command, 4)); /* and the shell */
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(become(processes_with, command, 0));
	sh("true");
	action_result_free(r);
	r = NULL;
	assert_true(directory_is_empty(disk));
	assert_int_equal(rmdir(disk), 0);
}

static void written_to_disk(void **state)
{
	char disk[1024];

	(void)state;
	(void)snprintf(disk, sizeof(disk), "%s/disk", scratch_dir);
	assert_int_equal(mkdir(disk, 0755), 0);
	a.scratch = disk;
	sh("echo n > n; rm gone.txt; i=0; d=.; while [ $i -lt 150 ]; do d=$d/d; i=$((i+1)); done; mkdir -p $d; mkdir m; chmod 0 m");
	assert_int_equal(r->status, 0);
	assert_int_equal(output_type("n"), S_IFREG);
	if (has(WORLD_OVERLAY))
		assert_int_equal(output_type("gone.txt"), S_IFCHR);
	assert_false(directory_is_empty(disk));
	action_result_free(r);
	r = NULL;
	assert_true(directory_is_empty(disk));
	assert_int_equal(rmdir(disk), 0);
	a.scratch = inputs;
	a.argv = (const char *[]){ "true", NULL };
	assert_int_equal(action_run(&a, &r, &err), -EINVAL);
}

static void *run_some(void *ctx)
{
	const char *command[] = { "sh", "-c", "echo $$; echo > n; sleep 0.01", NULL };
	struct action mine = a;
	uintptr_t failed = 0;

	(void)ctx;
	mine.argv = command;
	for (int i = 0; i < 5; i++) {
		struct action_result *result = NULL;

		if (action_run(&mine, &result, NULL) < 0 || result->status || !result->out.total || result->outputs < 0)
			failed++;
		action_result_free(result);
	}
	return (void *)failed;
}

static void many_at_once(void **state)
{
	pthread_t threads[4];
	void *failed;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_some, NULL), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

/* ---- without namespaces ------------------------------------------------------------------------------------ */

static void a_copy_stands_in(void **state)
{
	struct writable w[] = { { "/home/tester", NULL } };
	struct stat st;

	(void)state;
	a.writable = w;
	a.writable_count = 1;
	sh("cat a.txt; echo x > n; echo y > sub/c.txt; rm gone.txt; echo z > \"$HOME/z\"; pwd");
	assert_int_equal(r->status, 0);
	assert_true(r->lacks & WORLD_MOUNT);
	assert_true(*r->warning);
	assert_int_equal(output_type("n"), S_IFREG);
	assert_int_equal(output_type("sub/c.txt"), S_IFREG);
	assert_int_equal(output_type("gone.txt"), S_IFCHR);
	assert_int_equal(output_type("a.txt"), 0);
	assert_true(wrote_elsewhere("/home/tester/z"));
	assert_true(stat("/home/tester/z", &st) < 0);
	assert_non_null(strstr(out(), "/reprocheck-run."));
}

static void what_is_missing_is_said(void **state)
{
	const struct world *w = action_world_probe();

	(void)state;
	assert_false(w->has & WORLD_USER);
	assert_true(*w->missing || (w->has & WORLD_MOUNT));
	a.host = "other";
	a.first_pid = 77;
	sh("true");
	assert_int_equal(r->status, 0);
	if (!(w->has & WORLD_UTS))
		assert_true(r->lacks & WORLD_UTS);
	if (!(w->has & WORLD_PID))
		assert_true(r->lacks & WORLD_SET_PID);
}

/* Root's own way: all namespaces but the user's. */
static void root_without_user_namespaces(void **state)
{
	(void)state;
	need(WORLD_MOUNT | WORLD_PID | WORLD_OVERLAY);
	prints("cat a.txt; echo x > n; touch /usr/w 2>/dev/null || echo read-only; (echo 1 > /proc/sys/vm/swappiness) 2>/dev/null || "
	       "echo protected; mount -o remount,rw,bind /usr 2>/dev/null || echo fixed", "first\nread-only\nprotected\nfixed\n");
	assert_int_equal(output_type("n"), S_IFREG);
	a.user = "somebody";
	a.uid = 4321;
	a.gid = 1234;
	prints("id -un; echo changed > a.txt; echo y > sub/n; cat a.txt", "somebody\nchanged\n");
	assert_int_equal(output_type("sub/n"), S_IFREG);
}

/* ---- all of them ------------------------------------------------------------------------------------------- */

/* Refuses namespaces: all, or that of users. */
static void refuse(bool all)
{
	static const unsigned long flags[] = { CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,
					       CLONE_NEWUTS,  CLONE_NEWIPC, CLONE_NEWNET };
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	size_t i, n = all ? sizeof(flags) / sizeof(flags[0]) : 1;

	assert_non_null(f);
	for (i = 0; i < n; i++) {
		const struct scmp_arg_cmp has_flag = SCMP_A0(SCMP_CMP_MASKED_EQ, flags[i], flags[i]);

		assert_int_equal(seccomp_rule_add_array(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1, &has_flag), 0);
		assert_int_equal(seccomp_rule_add_array(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &has_flag), 0);
	}
	if (!all)
		assert_int_equal(seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0), 0);
	assert_int_equal(seccomp_load(f), 0);
	seccomp_release(f);
}

static void become_nobody(void)
{
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setresgid(NOBODY, NOBODY, NOBODY), 0);
	assert_int_equal(setresuid(NOBODY, NOBODY, NOBODY), 0);
	/* The runner's directory is root's. */
	assert_int_equal(unsetenv("TMPDIR"), 0);
}

#define TEST(f) { #f, f, setup, teardown, NULL }

static const struct CMUnitTest everything[] = {
	TEST(output_and_status_come_back), TEST(what_is_written_is_beside_the_tree),
	TEST(an_idle_command_writes_nothing), TEST(the_host_is_read_only),
	TEST(the_callers_memory_is_not_readable), TEST(a_command_that_cannot_be_executed),
	TEST(a_script_without_interpreter_is_the_shells), TEST(wrong_calls_are_refused),
	TEST(the_tree_can_be_anywhere), TEST(the_old_place_is_hidden), TEST(directories_beside_the_tree),
	TEST(places_can_be_nested), TEST(times_are_shifted), TEST(a_copy_keeps_what_the_inputs_are),
	TEST(the_order_can_be_turned_around), TEST(names_of_the_host), TEST(another_user),
	TEST(masks_and_personalities), TEST(processors), TEST(process_numbers), TEST(a_terminal),
	TEST(the_network_is_loopback), TEST(the_clock_stands_still),
	TEST(devices_are_the_same_in_each_run), TEST(a_preload_of_the_users_own_stays),
	TEST(the_probe_answers), TEST(programs_are_seen), TEST(connections_are_seen), TEST(a_traced_run),
	TEST(too_long), TEST(a_chain_of_forks), TEST(daemons_die), TEST(a_full_scratch),
	TEST(inputs_that_are_removed), TEST(much_output), TEST(interrupted_at_any_time),
	TEST(the_caller_is_killed), TEST(written_to_disk), TEST(many_at_once),
	TEST(root_can_still_give_files_away), /* last: left out for others */
};
static const struct CMUnitTest poor[] = {
	TEST(output_and_status_come_back), TEST(a_command_that_cannot_be_executed),
	TEST(wrong_calls_are_refused), TEST(a_copy_stands_in), TEST(what_is_missing_is_said),
	TEST(times_are_shifted), TEST(a_copy_keeps_what_the_inputs_are), TEST(masks_and_personalities),
	TEST(a_terminal), TEST(the_probe_answers), TEST(too_long), TEST(a_chain_of_forks), TEST(daemons_die),
	TEST(inputs_that_are_removed), TEST(much_output), TEST(the_caller_is_killed),
	TEST(written_to_disk), TEST(many_at_once),
};
static const struct CMUnitTest rootly[] = {
	TEST(output_and_status_come_back), TEST(what_is_written_is_beside_the_tree),
	TEST(the_host_is_read_only), TEST(the_callers_memory_is_not_readable),
	TEST(root_without_user_namespaces), TEST(what_is_missing_is_said), TEST(programs_are_seen),
	TEST(a_traced_run), TEST(daemons_die), TEST(the_caller_is_killed),
};

enum way { AS_WE_ARE, AS_NOBODY, WITHOUT_NAMESPACES, NOBODY_WITHOUT_NAMESPACES, WITHOUT_USER_NAMESPACES };

/* The tests' names say in which way they ran. */
static int run_group(const char *prefix, const struct CMUnitTest *tests, size_t n)
{
	struct CMUnitTest named[64];
	char names[64][128];
	size_t i;

	for (i = 0; i < n && i < 64; i++) {
		named[i] = tests[i];
		(void)snprintf(names[i], sizeof(names[i]), "%s%s", prefix, tests[i].name);
		named[i].name = names[i];
	}
	return _cmocka_run_group_tests("action", named, i, scratch_setup, scratch_teardown);
}

static int run_way(enum way way)
{
#define GROUP(prefix, tests) run_group(prefix, tests, sizeof(tests) / sizeof((tests)[0]))
	if (way == AS_NOBODY || way == NOBODY_WITHOUT_NAMESPACES)
		become_nobody();
	if (way >= WITHOUT_NAMESPACES)
		refuse(way != WITHOUT_USER_NAMESPACES);
	switch (way) {
	case AS_WE_ARE:
		return run_group("", everything, sizeof(everything) / sizeof(everything[0]) - (geteuid() != 0));
	case AS_NOBODY:
		return run_group("nobody: ", everything, sizeof(everything) / sizeof(everything[0]) - 1);
	case WITHOUT_NAMESPACES:
		return GROUP("without namespaces: ", poor);
	case NOBODY_WITHOUT_NAMESPACES:
		return GROUP("nobody without namespaces: ", poor);
	default:
		return GROUP("without user namespaces: ", rootly);
	}
}

/* In a process of its own: what it gives up, and what the host lets it have, is for its life. */
static int run_child(enum way way)
{
	pid_t child;
	int status = -1;

	(void)fflush(NULL);
	child = fork();
	if (child == 0) {
		status = run_way(way);
		(void)fflush(NULL);
		_exit(status ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status ? 1 : 0;
}

int main(void)
{
	int failed = run_child(WITHOUT_NAMESPACES);

	if (geteuid() == 0) {
		failed += run_child(AS_NOBODY);
		failed += run_child(NOBODY_WITHOUT_NAMESPACES);
		failed += run_child(WITHOUT_USER_NAMESPACES);
	}
	return failed + run_way(AS_WE_ARE);
}

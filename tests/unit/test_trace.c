/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c: what real programs ask for is seen, with the value they got, and a frozen clock reaches static ones. */
#include "base/bytes.h"
#include "sandbox/action.h"
#include "sandbox/trace.h"
#include "tests/unit/scratch.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#define SHOWN 1000000000 /* what the frozen clock shows: 2001-09-09 01:46:40 */
#define SHOWN_TEXT "1000000000"

/* The program that is traced: one thing for each word of its arguments. */
static const char subject[] =
	"#define _GNU_SOURCE\n"
	"#include <errno.h>\n#include <fcntl.h>\n#include <poll.h>\n#include <pthread.h>\n#include <signal.h>\n"
	"#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/ptrace.h>\n"
	"#include <sys/random.h>\n#include <sys/select.h>\n#include <sys/stat.h>\n#include <sys/time.h>\n"
	"#include <sys/wait.h>\n#include <time.h>\n#include <unistd.h>\n"
	"static struct timespec now(int clock) { struct timespec t; clock_gettime(clock, &t); return t; }\n"
	"static void show(const unsigned char *p, int n) { while (n--) printf(\"%02x\", *p++); puts(\"\"); }\n"
	"static void clocks(void) {\n"
	"	struct timeval v; struct timespec t = now(CLOCK_REALTIME), c = now(CLOCK_REALTIME_COARSE);\n"
	"	gettimeofday(&v, 0);\n"
	"	printf(\"%ld %ld %ld %ld\\n\", (long)time(0), (long)v.tv_sec, (long)t.tv_sec, (long)c.tv_sec);\n"
	"}\n"
	"static void stamp(void) { struct timespec t = now(CLOCK_REALTIME);\n"
	"	printf(\"%ld.%09ld\\n\", (long)t.tv_sec, t.tv_nsec); }\n"
	"static void later(struct timespec *t, long ms) { t->tv_nsec += ms * 1000000;\n"
	"	if (t->tv_nsec >= 1000000000) { t->tv_nsec -= 1000000000; t->tv_sec++; } }\n"
	"static void sleeps(void) {\n"
	"	struct timespec t = { 0, 20000000 }; nanosleep(&t, 0);\n"
	"	t = now(CLOCK_MONOTONIC); later(&t, 30); clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);\n"
	"	t = now(CLOCK_REALTIME); later(&t, 40); clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, 0);\n"
	"	poll(0, 0, 5); struct timeval v = { 0, 5000 }; select(0, 0, 0, 0, &v); stamp();\n"
	"}\n"
	"static void condition(void) {\n"
	"	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; pthread_cond_t c = PTHREAD_COND_INITIALIZER;\n"
	"	struct timespec t = now(CLOCK_REALTIME), was, a = now(CLOCK_MONOTONIC), b; later(&t, 1100); was = t;\n"
	"	pthread_mutex_lock(&m); int r = pthread_cond_timedwait(&c, &m, &t); b = now(CLOCK_MONOTONIC);\n"
	"	long ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;\n"
	"	printf(\"%s %s %s\\n\", r == ETIMEDOUT ? \"timeout\" : \"error\",\n"
	"		ms >= 1100 && ms < 9000 ? \"waited\" : \"did not\",\n"
	"		memcmp(&t, &was, sizeof(t)) ? \"changed\" : \"kept\"); stamp();\n"
	"}\n"
	"static void interrupted(void) {\n"
	"	if (fork() == 0) { usleep(100000); kill(getppid(), SIGSTOP); usleep(100000); kill(getppid(), SIGCONT); _exit(0); }\n"
	"	struct timespec t = { 0, 300000000 }; int r = nanosleep(&t, 0); wait(0);\n"
	"	printf(\"%d \", r); struct timespec s = now(CLOCK_REALTIME); printf(\"%ld\\n\", s.tv_nsec / 500000000); (void)s;\n"
	"}\n"
	"static void spin(void) { time_t t = time(0); long n = 0; while (time(0) == t) n++; printf(\"%d\\n\", n > 900000); }\n"
	"static void busy(void) { time_t t = now(CLOCK_MONOTONIC).tv_sec + 2; while (now(CLOCK_MONOTONIC).tv_sec < t) ; }\n"
	"static void rnd(void) { unsigned char b[16]; getrandom(b, 16, 0); show(b, 16); }\n"
	"static void device(void) { unsigned char b[16]; int fd = open(\"/dev/urandom\", O_RDONLY);\n"
	"	if (read(fd, b, 16) == 16) show(b, 16); close(fd); stamp(); }\n"
	"static char *self;\n"
	"static void *by_thread(void *p) { execl(self, self, p, (char *)0); return 0; }\n"
	"static void *polls(void *p) { for (int i = 0; i < 5; i++) usleep(5000); return p; }\n"
	"static void poller(void) { pthread_t t; pthread_create(&t, 0, polls, 0); pthread_join(t, 0); usleep(5000); stamp(); }\n"
	"static void threads(void) { pthread_t t[4]; int i;\n"
	"	for (i = 0; i < 3; i++) pthread_create(&t[i], 0, (void *(*)(void *))pause, 0);\n"
	"	pthread_create(&t[3], 0, by_thread, \"clocks\"); pthread_join(t[3], 0); }\n"
	"static void *clock_in(void *p) { (void)p; stamp(); return 0; }\n"
	"static void leader(void) { pthread_t t; pthread_create(&t, 0, clock_in, 0); pthread_exit(0); }\n"
	"static void *spawn(void *p) { pid_t c = vfork(); if (c == 0) { execl(\"/bin/true\", \"true\", (char *)0); _exit(1); }\n"
	"	waitpid(c, 0, 0); return p; }\n"
	"static void storm(void) {\n"
	"	for (int i = 0; i < 60; i++) {\n"
	"		pid_t c = fork();\n"
	"		if (c == 0) { pthread_t t[3]; for (int k = 0; k < 3; k++) pthread_create(&t[k], 0, spawn, 0);\n"
	"			if (i % 3 == 0) _exit(0); for (int k = 0; k < 3; k++) pthread_join(t[k], 0); _exit(0); }\n"
	"		usleep(i % 7 * 100); if (i % 2) kill(c, SIGKILL);\n"
	"	}\n"
	"	while (wait(0) > 0) ; puts(\"over\");\n"
	"}\n"
	"static void stopped(void) {\n"
	"	int s; pid_t c = fork(); if (c == 0) { raise(SIGSTOP); _exit(7); }\n"
	"	waitpid(c, &s, WUNTRACED); printf(\"%d \", WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP); usleep(20000);\n"
	"	printf(\"%d \", waitpid(c, &s, WNOHANG)); kill(c, SIGCONT); waitpid(c, &s, WCONTINUED);\n"
	"	if (WIFCONTINUED(s)) waitpid(c, &s, 0); printf(\"%d\\n\", WEXITSTATUS(s));\n"
	"}\n"
	"static int got; static void count(int n) { got += n == SIGUSR1; }\n"
	"static void signals(void) { signal(SIGUSR1, count); signal(SIGTRAP, count);\n"
	"	raise(SIGUSR1); raise(SIGTRAP); kill(getpid(), SIGUSR1); printf(\"%d\\n\", got); }\n"
	"static void traced(void) { errno = 0; long r = ptrace(PTRACE_TRACEME, 0, 0, 0); printf(\"%ld %d\\n\", r, errno == EPERM); }\n"
	"static void demon(void) { int p[2]; char c; pthread_t t; pipe(p);\n"
	"	if (fork() == 0) { setsid(); if (fork()) _exit(0); signal(SIGTERM, SIG_IGN);\n"
	"		pthread_create(&t, 0, (void *(*)(void *))pause, 0); write(p[1], \"\", 1); for (;;) pause(); }\n"
	"	wait(0); read(p[0], &c, 1); }\n"
	"int main(int n, char **v) {\n"
	"	setvbuf(stdout, 0, _IOLBF, 0); self = v[0];\n"
	"	static const struct { const char *name; void (*fn)(void); } all[] = {\n"
	"		{ \"clocks\", clocks }, { \"stamp\", stamp }, { \"sleeps\", sleeps }, { \"condition\", condition },\n"
	"		{ \"interrupted\", interrupted }, { \"spin\", spin }, { \"busy\", busy }, { \"poller\", poller },\n"
	"		{ \"random\", rnd }, { \"device\", device },\n"
	"		{ \"threads\", threads }, { \"leader\", leader }, { \"storm\", storm }, { \"stopped\", stopped },\n"
	"		{ \"signals\", signals }, { \"traced\", traced }, { \"demon\", demon } };\n"
	"	for (int i = 1; i < n; i++)\n"
	"		for (unsigned k = 0; k < sizeof(all) / sizeof(all[0]); k++) if (!strcmp(v[i], all[k].name)) all[k].fn();\n"
	"	return 0;\n"
	"}\n";

/* ---- running ----------------------------------------------------------------------------------------------- */

struct shared {
	struct preload_page page;
	int result, status;
	bool stop, left_children;
	uint64_t leftover;
};

static struct shared *shared;
static struct process_list list;
static char printed[1 << 16];

static bool asked_to_stop(void *ctx)
{
	return ((struct shared *)ctx)->stop;
}

/* The first process of the action's world; here it is a subreaper and no more. */
static _Noreturn void world(const char *const *argv, struct preload_page *page, int records, int out)
{
	const struct trace t = { .page = page, .out = records, .stop = asked_to_stop, .ctx = shared,
				 .leftover = &shared->leftover };
	pid_t pid;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	pid = fork();
	if (pid == 0) {
		(void)dup2(out, STDOUT_FILENO);
		if (trace_child(page) == 0)
			(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	shared->result = trace_loop(&t, pid, &shared->status);
	shared->left_children = waitpid(-1, NULL, WNOHANG | __WALL) != -1;
	_exit(0);
}

static void read_back(int fd, char *ret, size_t size)
{
	ssize_t n = pread(fd, ret, size - 1, 0);

	assert_true(n >= 0);
	ret[n] = '\0';
}

static void read_records(int fd)
{
	struct error err = { 0 };
	struct stat st;
	void *p;

	assert_int_equal(fstat(fd, &st), 0);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(p != MAP_FAILED);
	process_list_release(&list);
	assert_int_equal(trace_read(p, (size_t)st.st_size, &list, &err), 0);
	assert_int_equal(munmap(p, (size_t)st.st_size), 0);
}

static void start_page(enum action_clock clock)
{
	struct timespec now;

	*shared = (struct shared){ .result = -1 };
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	shared->page.magic = PRELOAD_MAGIC;
	shared->page.clock = clock;
	shared->page.clock_sec = SHOWN;
	shared->page.start_sec = now.tv_sec;
	shared->page.start_nsec = now.tv_nsec;
}

static void run_on(const char *const *argv, struct preload_page *page, unsigned stop_after_ms)
{
	int records = memfd_create("records", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC), status;
	pid_t pid;

	assert_true(records >= 0 && out >= 0);
	pid = fork();
	if (pid == 0)
		world(argv, page, records, out);
	if (stop_after_ms) {
		(void)poll(NULL, 0, (int)stop_after_ms);
		shared->stop = true;
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(shared->result, 0);
	assert_false(shared->left_children);
	read_back(out, printed, sizeof(printed));
	read_records(records);
	(void)close(records);
	(void)close(out);
}

static void run(enum action_clock clock, const char *const *argv)
{
	start_page(clock);
	run_on(argv, &shared->page, 0);
}

#define RUN(clock, ...) run(clock, (const char *const[]){ __VA_ARGS__, NULL })
#define SH(clock, script) RUN(clock, "sh", "-c", script)

/* The first entry whose program ends so; SIZE_MAX: none. */
static size_t entry_of(const char *name)
{
	size_t i, n = strlen(name);

	for (i = 0; i < list.count; i++) {
		size_t len = strlen(list.items[i].program);

		if (len >= n && !strcmp(list.items[i].program + len - n, name))
			return i;
	}
	return SIZE_MAX;
}

static const struct observation *seen(size_t process, enum entropy_source source, size_t skip)
{
	size_t i;

	for (i = 0; i < list.observation_count; i++)
		if (list.observations[i].process == process && list.observations[i].source == source && !skip--)
			return &list.observations[i];
	return NULL;
}

static bool was_seen(size_t process, enum entropy_source source, const void *value, size_t len)
{
	const struct observation *o;
	size_t i;

	for (i = 0; (o = seen(process, source, i)); i++)
		if (o->len == len && !memcmp(o->value, value, len))
			return true;
	return false;
}

static size_t from_hex(const char *text, uint8_t *ret)
{
	size_t n = 0;
	unsigned v;

	while (isxdigit((unsigned char)text[2 * n]) && sscanf(text + 2 * n, "%2x", &v) == 1)
		ret[n++] = (uint8_t)v;
	return n;
}

static bool compile(const char *source, const char *out, const char *how)
{
	char command[2048];

	(void)snprintf(command, sizeof(command), "cc -w -O1 %s -o '%s' '%s' -pthread 2>/dev/null", how, out, source);
	return system(command) == 0;
}

static char program[512], static_program[512];
static bool have_static;

static int setup(void **state)
{
	const char *source;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || scratch_setup(state))
		return -1;
	source = scratch_path("subject.c");
	scratch_write(source, subject, sizeof(subject) - 1);
	(void)snprintf(program, sizeof(program), "%s", scratch_path("dynamic"));
	(void)snprintf(static_program, sizeof(static_program), "%s", scratch_path("static"));
	have_static = compile(source, static_program, "-static");
	return compile(source, program, "") ? 0 : -1;
}

static int teardown(void **state)
{
	process_list_release(&list);
	return scratch_teardown(state);
}

/* ---- clocks ------------------------------------------------------------------------------------------------ */

static void check_frozen(const char *path, enum program_kind kind)
{
	const int64_t shown[2] = { SHOWN, 0 };
	size_t i;

	RUN(CLOCK_FROZEN, path, "clocks");
	assert_string_equal(printed, SHOWN_TEXT " " SHOWN_TEXT " " SHOWN_TEXT " " SHOWN_TEXT "\n");
	i = entry_of(path);
	assert_int_not_equal(i, SIZE_MAX);
	assert_int_equal(list.items[i].kind, kind);
	assert_true(was_seen(i, SOURCE_CLOCK, shown, sizeof(shown)));
	assert_int_equal(seen(i, SOURCE_CLOCK, 0)->count, 4);
	assert_int_equal(shared->page.clock_reads, 4);
}

static void test_frozen_clock_of_dynamic_program(void **state)
{
	(void)state;
	check_frozen(program, PROGRAM_DYNAMIC);
}

static void test_frozen_clock_of_static_program(void **state)
{
	(void)state;
	if (!have_static)
		skip();
	check_frozen(static_program, PROGRAM_STATIC);
}

static void test_frozen_clock_of_go_program(void **state)
{
	static const char source[] = "package main\nimport \"time\"\n"
				     "func main() { time.Sleep(50 * time.Millisecond); println(time.Now().Unix()) }\n";
	char path[512], command[2048];
	size_t i;

	(void)state;
	if (system("command -v go >/dev/null 2>&1") != 0)
		skip();
	scratch_write(scratch_path("m.go"), source, sizeof(source) - 1);
	(void)snprintf(path, sizeof(path), "%s", scratch_path("go"));
	(void)snprintf(command, sizeof(command),
		       "GOCACHE=%s GOFLAGS= GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0 go build -o '%s' '%s'",
		       scratch_path("cache"), path, scratch_path("m.go"));
	assert_int_equal(system(command), 0);
	(void)snprintf(command, sizeof(command), "%s 2>&1", path);
	SH(CLOCK_FROZEN, command);
	assert_string_equal(printed, SHOWN_TEXT "\n");
	i = entry_of("/go");
	assert_int_not_equal(i, SIZE_MAX);
	assert_int_equal(list.items[i].kind, PROGRAM_STATIC);
	assert_non_null(seen(i, SOURCE_CLOCK, 0));
	assert_int_equal(shared->page.slept_ns, 0); /* its monitor sleeps all the while */
}

static void check_real_clock(struct preload_page *page)
{
	struct timespec before, after;
	int64_t nsec;
	long sec;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &before), 0);
	run_on((const char *const[]){ program, "stamp", NULL }, page, 0);
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &after), 0);
	assert_int_equal(sscanf(printed, "%ld.%" SCNd64, &sec, &nsec), 2);
	assert_true(sec >= before.tv_sec && sec <= after.tv_sec);
	assert_true(was_seen(0, SOURCE_CLOCK, (int64_t[]){ sec, nsec }, 16));
}

static void test_running_clock_is_recorded_as_it_is(void **state)
{
	(void)state;
	start_page(CLOCK_AS_IT_IS);
	check_real_clock(&shared->page);
	assert_int_equal(shared->page.clock_reads, 0);
}

static void test_no_page(void **state)
{
	(void)state;
	start_page(CLOCK_FROZEN);
	check_real_clock(NULL);
}

static void test_many_clock_reads_are_counted(void **state)
{
	static const char *argv[203];
	uint64_t reads = 0;
	size_t i;

	(void)state;
	argv[0] = program;
	for (i = 1; i <= 200; i++)
		argv[i] = "stamp";
	run(CLOCK_AS_IT_IS, argv);
	for (i = 0; seen(0, SOURCE_CLOCK, i); i++)
		reads += seen(0, SOURCE_CLOCK, i)->count;
	assert_int_equal(reads, 200);
	assert_int_equal(i, 65); /* 64 and the rest, which has no value */
	assert_int_equal(seen(0, SOURCE_CLOCK, 64)->len, 0);
}

static void test_sleep_moves_the_frozen_clock_by_what_was_asked(void **state)
{
	(void)state;
	RUN(CLOCK_FROZEN, program, "sleeps");
	assert_string_equal(printed, SHOWN_TEXT ".100000000\n");
	assert_int_equal(shared->page.slept_ns, 100000000);
}

static void test_deadline_on_the_frozen_clock(void **state)
{
	(void)state;
	RUN(CLOCK_FROZEN, program, "condition");
	/* A second passed for the one who waited, and for nobody else. */
	assert_string_equal(printed, "timeout waited kept\n1000000001.000000000\n");
	assert_int_equal(shared->page.slept_ns, 0);
}

static void test_stopped_sleep_goes_on(void **state)
{
	(void)state;
	RUN(CLOCK_FROZEN, program, "interrupted");
	assert_string_equal(printed, "0 1\n"); /* 300 ms, and the 200 of the other one */
	assert_int_equal(shared->page.slept_ns, 500000000);
}

static void test_polling_thread_does_not_move_the_clock(void **state)
{
	(void)state;
	RUN(CLOCK_FROZEN, program, "poller");
	assert_string_equal(printed, SHOWN_TEXT ".005000000\n");
}

static void test_loop_until_the_clock_moves_ends(void **state)
{
	(void)state;
	RUN(CLOCK_FROZEN, program, "spin");
	assert_string_equal(printed, "1\n");
}

static void test_times_of_files(void **state)
{
	char script[1024];
	const int64_t shown = SHOWN;
	size_t i;

	(void)state;
	(void)snprintf(script, sizeof(script),
		       "cd '%s' && touch -d @900000000 old && %s busy && echo > new && sleep 1 && echo > newer && "
		       "stat -c %%Y old new newer && test newer -nt new && touch -d @1234 set && stat -c %%Y set",
		       scratch_dir, program);
	SH(CLOCK_FROZEN, script);
	assert_string_equal(printed, "900000000\n1000000000\n1000000001\n1234\n");
	assert_int_equal(shared->status, 0);
	i = entry_of("/stat");
	assert_int_not_equal(i, SIZE_MAX);
	assert_true(was_seen(i, SOURCE_STAT_TIME, &shown, sizeof(shown)));
	assert_true(was_seen(i, SOURCE_STAT_TIME, (int64_t[]){ SHOWN + 1 }, sizeof(shown)));
	assert_null(seen(i, SOURCE_STAT_TIME, 2));
}

static void test_times_of_files_run_with_the_clock(void **state)
{
	char script[512];

	(void)state;
	(void)snprintf(script, sizeof(script), "cd '%s' && echo > a && test $(stat -c %%Y a) -gt 1000000100", scratch_dir);
	SH(CLOCK_AS_IT_IS, script);
	assert_int_equal(shared->status, 0);
	assert_null(seen(entry_of("/stat"), SOURCE_STAT_TIME, 0));
}

/* ---- other values ------------------------------------------------------------------------------------------ */

static void test_random_bytes(void **state)
{
	uint8_t value[64];

	(void)state;
	RUN(CLOCK_AS_IT_IS, program, "random");
	assert_int_equal(from_hex(printed, value), 16);
	assert_true(was_seen(0, SOURCE_RANDOM, value, 16));
}

static void test_random_device(void **state)
{
	uint8_t value[64];

	(void)state;
	RUN(CLOCK_AS_IT_IS, program, "device");
	assert_int_equal(from_hex(printed, value), 16);
	assert_true(was_seen(0, SOURCE_RANDOM, value, 16));
}

static void test_random_device_through_redirection(void **state)
{
	uint8_t value[64];
	size_t i;

	(void)state;
	SH(CLOCK_AS_IT_IS, "head -c 8 </dev/urandom | od -An -v -tx1 | tr -d ' '");
	i = entry_of("/head");
	assert_int_equal(from_hex(printed, value), 8);
	assert_true(was_seen(i, SOURCE_RANDOM, value, 8));
	/* Opened by one process, read by another. */
	SH(CLOCK_AS_IT_IS, "exec 3</dev/urandom; head -c 8 <&3 | od -An -v -tx1 | tr -d ' '");
	assert_int_equal(from_hex(printed, value), 8);
	assert_true(was_seen(entry_of("/head"), SOURCE_RANDOM, value, 8));
	SH(CLOCK_AS_IT_IS, "cat /proc/sys/kernel/random/uuid");
	assert_true(was_seen(entry_of("/cat"), SOURCE_RANDOM, printed, strlen(printed)));
}

static void test_host_directory_and_process_id(void **state)
{
	char script[1024];
	struct utsname u;
	int64_t pid;

	(void)state;
	assert_int_equal(uname(&u), 0);
	(void)snprintf(script, sizeof(script), "mkdir -p '%s/d'; ls '%s/d'; uname -n; sh -c 'echo $$ $PPID; :'",
		       scratch_dir, scratch_dir);
	SH(CLOCK_AS_IT_IS, script);
	assert_true(was_seen(entry_of("/uname"), SOURCE_HOST, u.nodename, strlen(u.nodename)));
	(void)snprintf(script, sizeof(script), "%s/d", scratch_dir);
	assert_true(was_seen(entry_of("/ls"), SOURCE_DIRECTORY, script, strlen(script)));
	assert_non_null(strchr(printed, '\n'));
	pid = strtol(strchr(printed, '\n') + 1, NULL, 10);
	assert_int_equal(list.items[list.count - 1].pid, pid);
	assert_true(was_seen(list.count - 1, SOURCE_PID, &pid, sizeof(pid)));
}

static void test_long_directory_keeps_its_end(void **state)
{
	char script[1024];
	const struct observation *o;

	(void)state;
	(void)snprintf(script, sizeof(script), "d='%s/%0100d/end'; mkdir -p $d && ls $d", scratch_dir, 0);
	SH(CLOCK_AS_IT_IS, script);
	o = seen(entry_of("/ls"), SOURCE_DIRECTORY, 0);
	assert_non_null(o);
	assert_int_equal(o->len, OBSERVED_MAX);
	assert_memory_equal(o->value, "...0000", 7);
	assert_memory_equal(o->value + o->len - 4, "/end", 4);
}

static void test_network(void **state)
{
	(void)state;
	if (system("command -v bash >/dev/null 2>&1") != 0)
		skip();
	RUN(CLOCK_AS_IT_IS, "bash", "-c", "echo x >/dev/tcp/127.0.0.1/9; echo x >/dev/udp/::1/7; exit 0");
	assert_true(was_seen(0, SOURCE_NETWORK, "127.0.0.1 port 9", 16));
	assert_true(was_seen(0, SOURCE_NETWORK, "::1 port 7", 10));
}

/* ---- processes --------------------------------------------------------------------------------------------- */

static void test_chain_of_commands(void **state)
{
	char script[1024];
	size_t shell, name, interpreter, end;

	(void)state;
	(void)snprintf(script, sizeof(script), "%s", scratch_path("script"));
	scratch_write(script, "#!/bin/sh\nuname >/dev/null\nexec uname -s \"a b\" \"it's\" 2>/dev/null\n", 67);
	assert_int_equal(chmod(script, 0755), 0);
	(void)snprintf(script, sizeof(script), "%s/script one 'two words'; :", scratch_dir);
	SH(CLOCK_AS_IT_IS, script);
	assert_int_equal(list.count, 5);
	shell = 0;
	name = 1;
	interpreter = 2;
	end = 4;
	assert_int_equal(list.items[shell].parent, SIZE_MAX);
	assert_int_equal(list.items[name].kind, PROGRAM_SCRIPT);
	assert_int_equal(list.items[name].parent, shell);
	assert_string_equal(list.items[name].program, scratch_path("script"));
	(void)snprintf(script, sizeof(script), "%s/script one 'two words'", scratch_dir);
	assert_string_equal(list.items[name].command, script);
	assert_int_equal(list.items[interpreter].parent, name);
	assert_int_equal(list.items[interpreter].pid, list.items[name].pid);
	assert_int_equal(list.items[interpreter].kind, PROGRAM_DYNAMIC);
	assert_int_equal(list.items[3].parent, interpreter);
	assert_string_equal(list.items[3].command, "uname");
	/* The same process, a program after the other. */
	assert_int_equal(list.items[end].parent, interpreter);
	assert_int_equal(list.items[end].pid, list.items[interpreter].pid);
	assert_string_equal(list.items[end].command, "uname -s 'a b' 'it'\\''s'");
}

static void test_interpreter_with_a_script_argument_is_no_script(void **state)
{
	(void)state;
	RUN(CLOCK_AS_IT_IS, "sh", scratch_path("script"));
	assert_int_equal(list.items[0].kind, PROGRAM_DYNAMIC);
	RUN(CLOCK_AS_IT_IS, program, program);
	assert_int_equal(list.items[0].kind, PROGRAM_DYNAMIC);
	assert_int_equal(list.count, 1);
}

static void test_long_command_is_cut(void **state)
{
	char *argument = calloc(1, 100001);
	size_t n;

	(void)state;
	assert_non_null(argument);
	memset(argument, '\'', 100000);
	RUN(CLOCK_AS_IT_IS, "true", argument);
	free(argument);
	n = strlen(list.items[0].command);
	assert_int_equal(n, 4096);
	assert_string_equal(list.items[0].command + n - 3, "...");
}

static void test_status_of_the_command(void **state)
{
	(void)state;
	SH(CLOCK_AS_IT_IS, "exit 7");
	assert_true(WIFEXITED(shared->status) && WEXITSTATUS(shared->status) == 7);
	SH(CLOCK_AS_IT_IS, "kill -ABRT $$");
	assert_true(WIFSIGNALED(shared->status) && WTERMSIG(shared->status) == SIGABRT);
	RUN(CLOCK_AS_IT_IS, "/nonexistent");
	assert_true(WIFEXITED(shared->status) && WEXITSTATUS(shared->status) == 127);
	assert_int_equal(list.count, 0);
}

static void test_exec_by_another_thread(void **state)
{
	(void)state;
	RUN(CLOCK_FROZEN, program, "threads");
	assert_string_equal(printed, SHOWN_TEXT " " SHOWN_TEXT " " SHOWN_TEXT " " SHOWN_TEXT "\n");
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[1].pid, list.items[0].pid);
	assert_int_equal(list.items[1].parent, 0);
	assert_int_equal(seen(1, SOURCE_CLOCK, 0)->count, 4);
}

static void test_first_thread_ends_first(void **state)
{
	(void)state;
	RUN(CLOCK_FROZEN, program, "leader");
	assert_string_equal(printed, SHOWN_TEXT ".000000000\n");
	assert_int_equal(shared->status, 0);
	assert_int_equal(shared->leftover, 0);
}

static void test_processes_that_die_at_any_moment(void **state)
{
	(void)state;
	RUN(CLOCK_FROZEN, program, "storm");
	assert_string_equal(printed, "over\n");
	assert_int_equal(shared->status, 0);
}

static void test_job_control(void **state)
{
	(void)state;
	RUN(CLOCK_AS_IT_IS, program, "stopped");
	assert_string_equal(printed, "1 0 7\n");
}

static void test_signals_arrive_once(void **state)
{
	(void)state;
	RUN(CLOCK_AS_IT_IS, program, "signals");
	assert_string_equal(printed, "2\n");
}

static void test_tracing_inside_is_refused(void **state)
{
	(void)state;
	RUN(CLOCK_AS_IT_IS, program, "traced");
	assert_string_equal(printed, "-1 1\n");
}

static void test_leftovers_are_killed(void **state)
{
	(void)state;
	RUN(CLOCK_AS_IT_IS, program, "demon");
	assert_int_equal(shared->leftover, 1);
	assert_int_equal(shared->status, 0);
}

static void test_stop_kills_everything(void **state)
{
	const char *const argv[] = { "sh", "-c", "trap '' TERM INT; sleep 1000 & kill -STOP $$; sleep 1000", NULL };
	struct timespec before, after;

	(void)state;
	start_page(CLOCK_FROZEN);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	run_on(argv, &shared->page, 300);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
	assert_true(WIFSIGNALED(shared->status) && WTERMSIG(shared->status) == SIGKILL);
	assert_true(after.tv_sec - before.tv_sec < 5);
}

#if defined(__x86_64__)
/* Looks for AT_SYSINFO and AT_SYSINFO_EHDR behind its environment, then exits with what it found. */
static void test_program_of_another_word_size_is_left_alone(void **state)
{
	static const char source[] =
		"__asm__(\".globl _start\\n_start: mov %esp, %eax\\n push %eax\\n call look\\n\"\n"
		"	\"mov %eax, %ebx\\n mov $1, %eax\\n int $0x80\\n\");\n"
		"int look(unsigned *p) { p += 1 + p[0] + 1; while (*p) p++;\n"
		"	for (p++; *p; p += 2) if (*p == 32 || *p == 33) return 1; return 7; }\n";
	char path[512];

	(void)state;
	scratch_write(scratch_path("word.c"), source, sizeof(source) - 1);
	(void)snprintf(path, sizeof(path), "%s", scratch_path("word"));
	if (!compile(scratch_path("word.c"), path, "-m32 -static -nostdlib -fno-pic -no-pie -fno-stack-protector"))
		skip();
	RUN(CLOCK_FROZEN, path);
	if (WIFEXITED(shared->status) && WEXITSTATUS(shared->status) == 127)
		skip(); /* the kernel runs none */
	assert_int_equal(list.items[0].kind, PROGRAM_FOREIGN);
	assert_true(WIFEXITED(shared->status));
	assert_int_equal(WEXITSTATUS(shared->status), 7);
}
#endif

/* ---- the stream -------------------------------------------------------------------------------------------- */

static uint8_t stream[4096];
static size_t stream_len;

static void put(const void *p, size_t n)
{
	assert_true(stream_len + n <= sizeof(stream));
	memcpy(stream + stream_len, p, n);
	stream_len += n;
}

static void put_number(uint64_t v, unsigned width)
{
	uint8_t p[8];

	store_uint(p, v, width, false);
	put(p, width);
}

static void put_process(uint32_t parent, uint8_t kind, const char *name, const char *command)
{
	put("P", 1);
	put_number(13 + strlen(name) + strlen(command), 4);
	put_number(42, 4);
	put_number(parent, 4);
	put_number(kind, 1);
	put_number(strlen(name), 4);
	put(name, strlen(name));
	put(command, strlen(command));
}

static void put_observation(uint32_t process, uint8_t source, size_t len)
{
	static const uint8_t value[OBSERVED_MAX + 1] = "value";

	put("O", 1);
	put_number(13 + len, 4);
	put_number(process, 4);
	put_number(source, 1);
	put_number(3, 8);
	put(value, len);
}

static void put_end(uint64_t dropped)
{
	put("E", 1);
	put_number(8, 4);
	put_number(dropped, 8);
}

static void begin(void)
{
	stream_len = 0;
	put("rptrace\1", 8);
}

static int read_stream(size_t n)
{
	/* A copy of just that size: a read beyond is caught by the sanitizer. */
	uint8_t *copy = malloc(n ? n : 1);
	struct error err = { 0 };
	int r;

	assert_non_null(copy);
	memcpy(copy, stream, n);
	process_list_release(&list);
	r = trace_read(copy, n, &list, &err);
	assert_int_equal(r, err.code);
	free(copy);
	return r;
}

static void test_stream_is_read(void **state)
{
	(void)state;
	begin();
	put_process(0, PROGRAM_DYNAMIC, "/bin/sh", "sh -c x");
	put_process(1, PROGRAM_STATIC, "", "");
	put_observation(1, SOURCE_HOST, 5);
	put_end(9);
	assert_int_equal(read_stream(stream_len), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[0].parent, SIZE_MAX);
	assert_int_equal(list.items[0].pid, 42);
	assert_string_equal(list.items[0].command, "sh -c x");
	assert_int_equal(list.items[1].parent, 0);
	assert_int_equal(list.items[1].kind, PROGRAM_STATIC);
	assert_int_equal(list.observation_count, 1);
	assert_int_equal(list.observations[0].count, 3);
	assert_true(was_seen(1, SOURCE_HOST, "value", 5));
	assert_int_equal(list.dropped, 9);
}

static void test_cut_stream_keeps_what_is_there(void **state)
{
	size_t n, first;

	(void)state;
	begin();
	put_process(0, PROGRAM_DYNAMIC, "/bin/sh", "sh");
	first = stream_len;
	put_observation(0, SOURCE_PID, 8);
	put_end(0);
	for (n = 0; n < 8; n++)
		assert_int_equal(read_stream(n), -EINVAL);
	for (; n < stream_len; n++) {
		assert_int_equal(read_stream(n), 0);
		assert_int_equal(list.count, n >= first);
		assert_int_equal(list.dropped, 1);
	}
	assert_int_equal(read_stream(stream_len), 0);
	assert_int_equal(list.dropped, 0);
}

static void assert_refused(void)
{
	put_end(0);
	assert_int_equal(read_stream(stream_len), -EINVAL);
	assert_int_equal(list.count, 0);
	begin();
}

static void test_wrong_records_are_refused(void **state)
{
	(void)state;
	begin();
	put_process(1, PROGRAM_DYNAMIC, "own parent", "");
	assert_refused();
	put_process(0, PROGRAM_UNKNOWN + 1, "kind", "");
	assert_refused();
	put_observation(0, SOURCE_PID, 8); /* of no process */
	assert_refused();
	put_process(0, PROGRAM_DYNAMIC, "x", "");
	put_observation(0, SOURCE_COUNT, 8);
	assert_refused();
	put_process(0, PROGRAM_DYNAMIC, "x", "");
	put_observation(0, SOURCE_PID, OBSERVED_MAX + 1);
	assert_refused();
	put("Z\0\0\0\0", 5);
	assert_refused();
	put("P\xff\xff\xff\xff", 5);
	assert_refused();
	put("P\15\0\0\0", 5); /* a program name longer than its record */
	put_number(1, 4);
	put_number(0, 5);
	put_number(100, 4);
	assert_refused();
	put("P\17\0\0\0", 5); /* a NUL in it */
	put_number(1, 4);
	put_number(0, 5);
	put_number(2, 4);
	put("\0x", 2);
	assert_refused();
	put_end(0); /* and more behind it */
	assert_refused();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frozen_clock_of_dynamic_program),
		cmocka_unit_test(test_frozen_clock_of_static_program),
		cmocka_unit_test(test_frozen_clock_of_go_program),
		cmocka_unit_test(test_running_clock_is_recorded_as_it_is),
		cmocka_unit_test(test_no_page),
		cmocka_unit_test(test_many_clock_reads_are_counted),
		cmocka_unit_test(test_sleep_moves_the_frozen_clock_by_what_was_asked),
		cmocka_unit_test(test_deadline_on_the_frozen_clock),
		cmocka_unit_test(test_stopped_sleep_goes_on),
		cmocka_unit_test(test_polling_thread_does_not_move_the_clock),
		cmocka_unit_test(test_loop_until_the_clock_moves_ends),
		cmocka_unit_test(test_times_of_files),
		cmocka_unit_test(test_times_of_files_run_with_the_clock),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_random_device),
		cmocka_unit_test(test_random_device_through_redirection),
		cmocka_unit_test(test_host_directory_and_process_id),
		cmocka_unit_test(test_long_directory_keeps_its_end),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_chain_of_commands),
		cmocka_unit_test(test_interpreter_with_a_script_argument_is_no_script),
		cmocka_unit_test(test_long_command_is_cut),
		cmocka_unit_test(test_status_of_the_command),
		cmocka_unit_test(test_exec_by_another_thread),
		cmocka_unit_test(test_first_thread_ends_first),
		cmocka_unit_test(test_processes_that_die_at_any_moment),
		cmocka_unit_test(test_job_control),
		cmocka_unit_test(test_signals_arrive_once),
		cmocka_unit_test(test_tracing_inside_is_refused),
		cmocka_unit_test(test_leftovers_are_killed),
		cmocka_unit_test(test_stop_kills_everything),
#if defined(__x86_64__)
		cmocka_unit_test(test_program_of_another_word_size_is_left_alone),
#endif
		cmocka_unit_test(test_stream_is_read),
		cmocka_unit_test(test_cut_stream_keeps_what_is_there),
		cmocka_unit_test(test_wrong_records_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

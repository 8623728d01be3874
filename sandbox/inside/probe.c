/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c: what a program sees of the world that it was started in, as one JSON object
 * on stdout.
 *
 * Run in place of an action's command, it says from inside whether an axis of the experiment took
 * effect.  It uses the C library only, and as a program of any action would: what the preloaded library shows
 * it is what it prints.  `probe [DIRECTORY]` lists that directory in place of the working directory.
 *
 * Bytes that are not UTF-8 are written as the characters U+0080 to U+00FF of the same number. Numbers are those of
 * int64_t: what is larger comes out negative.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <langinfo.h>
#include <locale.h>
#include <net/if.h>
#include <pwd.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define NAMES_MAX 64 /* of a directory, in the order in which they come */
#define FILES_MAX 8  /* whose times are printed */

extern char **environ;

/* ---- JSON -------------------------------------------------------------------------------------------------- */

/* The length of the UTF-8 character at s; 0: it is none. */
static int utf8_length(const unsigned char *s)
{
	int n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : *s >= 0xe0 && *s < 0xf0 ? 3 : *s >= 0xf0 && *s < 0xf5 ? 4 : 0;

	for (int i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies behind U+10FFFF. */
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) || (*s == 0xf0 && s[1] < 0x90) ||
	    (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void put_string(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	if (!text) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	while (*s) {
		int n = utf8_length(s);

		if (n == 0 || *s < 0x20 || *s == 0x7f)
			printf("\\u%04x", *s);
		else if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else
			fwrite(s, 1, (size_t)n, stdout);
		s += n ? n : 1;
	}
	putchar('"');
}

static void key(const char *name)
{
	static bool later;

	fputs(later ? ",\n  " : "{\n  ", stdout);
	later = true;
	put_string(name);
	fputs(": ", stdout);
}

static void string_member(const char *name, const char *value)
{
	key(name);
	put_string(value);
}

static void number_member(const char *name, int64_t value)
{
	key(name);
	printf("%lld", (long long)value);
}

static const char *boolean(bool b)
{
	return b ? "true" : "false";
}

static void boolean_member(const char *name, bool value)
{
	key(name);
	fputs(boolean(value), stdout);
}

static void address_member(const char *name, const void *p)
{
	key(name);
	printf("\"%#llx\"", (unsigned long long)(uintptr_t)p);
}

static void put_list(char *const *list, size_t n)
{
	putchar('[');
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", stdout);
		put_string(list[i]);
	}
	putchar(']');
}

static void list_member(const char *name, char *const *list, size_t n)
{
	key(name);
	put_list(list, n);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- time and files ---------------------------------------------------------------------------------------- */

static void show_time(void)
{
	struct timespec now = { 0 };
	struct tm tm;
	char text[64];
	time_t t;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	number_member("time", now.tv_sec);
	number_member("time_nsec", now.tv_nsec);
	t = now.tv_sec;
	tzset();
	if (!localtime_r(&t, &tm))
		return;
	string_member("timezone", strftime(text, sizeof(text), "%z", &tm) ? text : "");
	string_member("zone", strftime(text, sizeof(text), "%Z", &tm) ? text : "");
}

struct file_times {
	char *name;
	time_t mtime, atime;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct file_times *)a)->name, ((const struct file_times *)b)->name);
}

/* Keeps the first FILES_MAX names in the order of bytes. */
static void keep_file(struct file_times *files, size_t *n, const char *name, const struct stat *st)
{
	struct file_times f = { strdup(name), st->st_mtime, st->st_atime };

	if (!f.name)
		return;
	files[(*n)++] = f;
	qsort(files, *n, sizeof(*files), by_name);
	if (*n > FILES_MAX)
		free(files[--*n].name);
}

static void put_times(const char *name, const struct file_times *files, size_t n, bool accessed)
{
	key(name);
	putchar('[');
	for (size_t i = 0; i < n; i++)
		printf("%s%lld", i ? ", " : "", (long long)(accessed ? files[i].atime : files[i].mtime));
	putchar(']');
}

static void show_directory(const char *path)
{
	struct file_times files[FILES_MAX + 1];
	char *names[NAMES_MAX] = { NULL };
	size_t name_count = 0, file_count = 0;
	const struct dirent *e;
	struct stat st;
	DIR *dir = opendir(path);

	while (dir && (e = readdir(dir)) != NULL) {
		if (name_count < NAMES_MAX && (names[name_count] = strdup(e->d_name)) != NULL)
			name_count++;
		/* Inputs may all lie deeper: their directories have times of the same making. */
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (S_ISREG(st.st_mode) || (S_ISDIR(st.st_mode) && e->d_name[0] != '.')))
			keep_file(files, &file_count, e->d_name, &st);
	}
	if (dir)
		(void)closedir(dir);
	list_member("readdir", names, name_count);
	put_times("mtime", files, file_count, false);
	put_times("atime", files, file_count, true);
	while (name_count > 0)
		free(names[--name_count]);
	while (file_count > 0)
		free(files[--file_count].name);
}

static bool writable(const char *directory)
{
	char path[4096];
	int fd, n;

	n = directory ? snprintf(path, sizeof(path), "%s/.probe-XXXXXX", directory) : -1;
	if (n < 0 || (size_t)n >= sizeof(path))
		return false;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return false;
	(void)close(fd);
	(void)unlink(path);
	return true;
}

static void show_places(void)
{
	char *cwd = getcwd(NULL, 0);
	struct stat st = { 0 };

	string_member("cwd", cwd);
	free(cwd);
	(void)stat(".", &st);
	number_member("inode", (int64_t)st.st_ino);
	number_member("device", (int64_t)st.st_dev);
	string_member("tmpdir", getenv("TMPDIR"));
	boolean_member("tmpdir_writable", writable(getenv("TMPDIR")));
	string_member("home", getenv("HOME"));
	boolean_member("home_writable", writable(getenv("HOME")));
	string_member("path", getenv("PATH"));
}

/* ---- host, user, processors --------------------------------------------------------------------------------- */

static void show_host(void)
{
	struct utsname u;

	if (uname(&u) != 0)
		return;
	string_member("host", u.nodename);
	string_member("domain", u.domainname);
	string_member("kernel", u.release);
}

static void show_user(void)
{
	const struct passwd *pw = getpwuid(getuid());
	mode_t mask = umask(0);
	char text[8];

	(void)umask(mask);
	number_member("uid", getuid());
	number_member("gid", getgid());
	string_member("user", pw ? pw->pw_name : NULL);
	(void)snprintf(text, sizeof(text), "%04o", (unsigned)mask & 07777);
	string_member("umask", text);
}

/* Lines of a file of /proc that begin with, or (anywhere) hold, a text; -1: not readable. */
static long count_lines(const char *path, const char *text, bool anywhere)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	long n = 0;

	if (!f)
		return -1;
	while (getline(&line, &size, f) > 0)
		n += anywhere ? strstr(line, text) != NULL : strncmp(line, text, strlen(text)) == 0;
	free(line);
	(void)fclose(f);
	return n;
}

static int allowed_processors(void)
{
	/* The kernel wants room for all that it could ever have. */
	for (int most = 1024; most <= 1 << 20; most *= 4) {
		cpu_set_t *set = CPU_ALLOC(most);
		size_t size = CPU_ALLOC_SIZE(most);
		int n;

		if (!set)
			break;
		n = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : -1;
		CPU_FREE(set);
		if (n >= 0 || errno != EINVAL)
			return n;
	}
	return -1;
}

static void show_processors(void)
{
	key("cpus");
	printf("{\"affinity\": %d, \"online\": %ld, \"configured\": %ld, \"cpuinfo\": %ld}", allowed_processors(),
	       sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF),
	       count_lines("/proc/cpuinfo", "processor", false));
	string_member("jobs", getenv("MAKEFLAGS"));
}

static void show_layout(void)
{
	int flags = personality(0xffffffff);
	int fd = open("/proc/sys/kernel/randomize_va_space", O_RDONLY | O_CLOEXEC);
	char level = '2';
	void *heap = malloc(1);

	if (fd >= 0) {
		if (read(fd, &level, 1) != 1)
			level = '2';
		(void)close(fd);
	}
	boolean_member("aslr", level > '0' && !(flags != -1 && (flags & ADDR_NO_RANDOMIZE)));
	address_member("stack", &level);
	address_member("heap", heap);
	free(heap);
	number_member("pid", getpid());
}

static void show_terminal(void)
{
	key("tty");
	printf("[%s, %s, %s]", boolean(isatty(0)), boolean(isatty(1)), boolean(isatty(2)));
}

/* ---- locale, environment, network ---------------------------------------------------------------------------- */

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void show_locale(void)
{
	const char *locale = setlocale(LC_ALL, "");

	string_member("locale", locale);
	string_member("codeset", nl_langinfo(CODESET));
	key("collation");
	printf("[%d, %d]", sign(strcoll("a", "B")), sign(strcoll("z", "\303\244" /* a umlaut */)));
	string_member("decimal_point", localeconv()->decimal_point);
	/* What is printed from here on must not depend on it. */
	(void)setlocale(LC_ALL, "C");
}

static uint64_t fnv1a(uint64_t hash, const char *s)
{
	do
		hash = (hash ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	while (*s++);
	return hash;
}

static void show_environment(void)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char **sorted, text[24];
	size_t n = 0, kept = 0;

	while (environ[n])
		n++;
	sorted = calloc(n + 1, sizeof(*sorted));
	if (!sorted)
		return;
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "LD_PRELOAD=", 11) != 0)
			sorted[kept++] = environ[i];
	qsort(sorted, kept, sizeof(*sorted), by_bytes);
	for (size_t i = 0; i < kept; i++)
		hash = fnv1a(hash, sorted[i]);
	for (size_t i = 0; i < kept; i++)
		sorted[i] = strndup(sorted[i], strcspn(sorted[i], "="));
	list_member("environment", sorted, kept);
	while (kept > 0)
		free(sorted[--kept]);
	free(sorted);
	(void)snprintf(text, sizeof(text), "%016llx", (unsigned long long)hash);
	string_member("environment_digest", text);
	key("hash_seed");
	fputs("{\"PYTHONHASHSEED\": ", stdout);
	put_string(getenv("PYTHONHASHSEED"));
	fputs(", \"PERL_HASH_SEED\": ", stdout);
	put_string(getenv("PERL_HASH_SEED"));
	putchar('}');
}

static void show_network(void)
{
	struct ifaddrs *all = NULL;
	char *names[256];
	size_t n = 0, unique = 0;

	(void)getifaddrs(&all);
	for (const struct ifaddrs *i = all; i && n < sizeof(names) / sizeof(*names); i = i->ifa_next)
		if (i->ifa_flags & IFF_UP)
			names[n++] = i->ifa_name;
	qsort(names, n, sizeof(*names), by_bytes);
	for (size_t i = 0; i < n; i++)
		if (unique == 0 || strcmp(names[unique - 1], names[i]) != 0)
			names[unique++] = names[i];
	list_member("network", names, unique);
	freeifaddrs(all);
}

int main(int argc, char **argv)
{
	show_time();
	show_directory(argc > 1 ? argv[1] : ".");
	show_places(); /* after it: this makes files */
	show_host();
	show_user();
	show_locale();
	show_environment();
	show_processors();
	show_layout();
	show_terminal();
	show_network();
	boolean_member("preload", count_lines("/proc/self/maps", "/preload.so", true) > 0);
	fputs("\n}\n", stdout);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 2;
}

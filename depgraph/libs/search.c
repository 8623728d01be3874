/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search.c: the search of ld.so, written after its manual and its source.
 *
 * A name with a slash is a path.  Any other is looked for
 *
 *	1. in DT_RPATH of who needs it, of who loaded that one, and so on up to the program,
 *	   unless who needs it has DT_RUNPATH; an RPATH beside a RUNPATH is ignored
 *	2. in LD_LIBRARY_PATH
 *	3. in DT_RUNPATH of who needs it (not inherited)
 *	4. in /etc/ld.so.cache; with DF_1_NODEFLIB without what lies in a default directory
 *	5. in the default directories, unless DF_1_NODEFLIB
 *
 * In every directory the subdirectories glibc-hwcaps/NAME are tried first, the best
 * first.  A file of another machine, class or byte order is passed over and the search goes on.  In 1 and
 * 3, $ORIGIN is the directory of the object that has the path, $LIB what the C library was configured with,
 * and $PLATFORM the processor's name.  musl has one list (path file or three defaults), no cache, and
 * inherits both kinds of paths.
 *
 * With a sysroot, absolute names and symbolic links are resolved inside it by the kernel (openat2 with
 * RESOLVE_IN_ROOT); what $ORIGIN gave lies there already.
 *
 * Not followed: the legacy subdirectories of glibc before 2.37 ("haswell", "tls"), LD_PRELOAD, LD_AUDIT.
 *
 * Sources: ld.so(8); glibc 2.36 elf/dl-load.c (_dl_map_object, decompose_rpath), elf/dl-hwcaps.c; musl 1.2 ldso/dynlink.c.
 */
#include "depgraph/libs/search.h"

#include "base/buffer.h"
#include "base/path.h"
#include "depgraph/libs/ldcache.h"
#include "depgraph/libs/ldconf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

#define HWCAPS_MAX 8

struct library_search {
	struct arena arena;
	struct closure_options options;
	const struct elf_file *program;
	const char *hwcaps[HWCAPS_MAX];
	unsigned hwcap_count;
	struct ldcache *cache;
	const char *const *directories; /* defaults, those of ld.so.conf before them when there is no cache; NULL ends it */
	const char *lib;                /* $LIB */
	const char *interpreter;
	int root;                       /* descriptor of the sysroot; -1 */
	bool musl;
};

/* ---- files --------------------------------------------------------------------------------------------------- */

static int open_content(const char *path, struct content **ret)
{
	return content_open(AT_FDCWD, path, ret, NULL);
}

/* The path on this machine of an absolute name inside the sysroot. */
static int locate_in_root(const struct library_search *s, const char *name, char *ret)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	AUTO_FD int fd = (int)syscall(SYS_openat2, s->root, name, &how, sizeof(how));
	char link[64];
	ssize_t n;

	if (fd < 0)
		return -errno;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

/* `inside`: the name is one of the system that is looked at, not of this machine. */
static int open_name(struct library_search *s, const char *name, bool inside, const char **ret_path, struct content **ret)
{
	char real[PATH_MAX];
	int r;

	if (inside && s->root >= 0) {
		r = locate_in_root(s, name, real);
		if (r < 0)
			return r;
		name = real;
	}
	r = open_content(name, ret);
	if (r < 0)
		return r;
	*ret_path = arena_strndup(&s->arena, name, strlen(name));
	return *ret_path ? 0 : -ENOMEM;
}

/* 0: taken; -ENOENT: not there, or not for this program; -ENOMEM. */
static int try_file(struct library_search *s, const char *name, bool inside, struct library_found *ret)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(elf_file_freep) struct elf_file *f = NULL;
	int r = open_name(s, name, inside, &ret->path, &c);

	if (r < 0)
		return r == -ENOMEM ? r : -ENOENT;
	r = elf_file_open(c, 0, content_size(c), &f, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : -ENOENT;
	if (f->machine != s->program->machine || f->wide != s->program->wide || f->big != s->program->big || f->type != ET_DYN)
		return -ENOENT;
	ret->content = steal_pointer(c);
	ret->elf = steal_pointer(f);
	return 0;
}

static int try_directory(struct library_search *s, const char *dir, bool inside, const char *name, struct library_found *ret)
{
	char path[PATH_MAX];
	unsigned i;
	int r, n;

	for (i = 0; i <= s->hwcap_count; i++) {
		if (i < s->hwcap_count)
			n = snprintf(path, sizeof(path), "%s/glibc-hwcaps/%s/%s", dir, s->hwcaps[i], name);
		else
			n = snprintf(path, sizeof(path), "%s/%s", dir, name);
		if (n < 0 || (size_t)n >= sizeof(path))
			continue;
		r = try_file(s, path, inside, ret);
		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

/* ---- paths with variables ------------------------------------------------------------------------------------- */

static const char *platform(const struct library_search *s)
{
	switch (s->program->machine) {
	case EM_X86_64: return "x86_64";
	case EM_386: return "i686";
	case EM_AARCH64: return "aarch64";
	case EM_PPC64: return "power8";
	case EM_S390: return "z900";
	default: return "";
	}
}

/* The length of the variable that stands at p ("$ORIGIN", "${ORIGIN}"); 0: none. */
static size_t variable_at(const char *p, const char *name)
{
	size_t n = strlen(name);

	if (p[0] != '$')
		return 0;
	if (p[1] == '{')
		return strncmp(p + 2, name, n) == 0 && p[2 + n] == '}' ? n + 3 : 0;
	return strncmp(p + 1, name, n) == 0 ? n + 1 : 0;
}

/* Of one element. false: too long. *ret_inside: it is a name of the system that is looked at. */
static bool expand(const struct library_search *s, const char *p, size_t len, const char *origin, char *out, bool *ret_inside)
{
	struct buffer b = BUFFER_INIT(PATH_MAX);
	const char *end = p + len;
	size_t n;
	bool ok;

	*ret_inside = true;
	while (p < end) {
		if ((n = variable_at(p, "ORIGIN")) != 0) {
			*ret_inside = *ret_inside && b.len > 0;
			(void)buffer_puts(&b, origin);
		} else if ((n = variable_at(p, "LIB")) != 0) {
			(void)buffer_puts(&b, s->lib);
		} else if ((n = variable_at(p, "PLATFORM")) != 0) {
			(void)buffer_puts(&b, platform(s));
		} else {
			n = 1;
			(void)buffer_putc(&b, *p);
		}
		p += n;
	}
	ok = b.error == 0 && b.len < PATH_MAX;
	if (ok)
		(void)snprintf(out, PATH_MAX, "%s", b.len ? buffer_str(&b) : ".");
	buffer_release(&b);
	return ok;
}

/* A list with colons (in LD_LIBRARY_PATH also semicolons). */
static int try_list(struct library_search *s, const char *list, const char *origin, const char *separators, const char *name,
		    struct library_found *ret)
{
	char dir[PATH_MAX];
	bool inside;
	int r;

	while (list) {
		size_t n = strcspn(list, separators);

		if (expand(s, list, n, origin, dir, &inside)) {
			r = try_directory(s, dir, inside && dir[0] == '/', name, ret);
			if (r != -ENOENT)
				return r;
		}
		list = list[n] ? list + n + 1 : NULL;
	}
	return -ENOENT;
}

static int try_rpaths(struct library_search *s, const struct library_asker *asker, const char *name, struct library_found *ret)
{
	const struct library_asker *a;
	int r;

	if (asker->runpath && !s->musl)
		return -ENOENT;
	for (a = asker; a; a = a->loader) {
		const char *list = a->runpath && s->musl ? a->runpath : a->rpath;

		if (!list || (a->runpath && !s->musl))
			continue;
		r = try_list(s, list, a->origin, ":", name, ret);
		if (r != -ENOENT) {
			ret->how = a == asker ? "RPATH" : "RPATH of its loader";
			return r;
		}
	}
	return -ENOENT;
}

/* ---- cache and defaults ---------------------------------------------------------------------------------------- */

struct cache_choice {
	struct library_search *s;
	const struct library_asker *asker;
	struct library_found *ret;
	const char *hwcap; /* what is looked for now; NULL: entries for every processor */
};

static bool in_default_directory(const struct library_search *s, const char *path)
{
	size_t i;

	for (i = 0; s->directories[i]; i++) {
		size_t n = strlen(s->directories[i]);

		if (strncmp(path, s->directories[i], n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/'))
			return true;
	}
	return false;
}

static int cache_entry(void *ctx, const struct ldcache_entry *e)
{
	struct cache_choice *choice = ctx;
	int r;

	if (choice->hwcap ? !e->hwcap || strcmp(e->hwcap, choice->hwcap) != 0 : e->hwcap != NULL)
		return 0;
	if (choice->asker->no_default && in_default_directory(choice->s, e->path))
		return 0;
	r = try_file(choice->s, e->path, true, choice->ret);
	return r == 0 ? 1 : r == -ENOENT ? 0 : r;
}

static int try_cache(struct library_search *s, const struct library_asker *asker, const char *name, struct library_found *ret)
{
	struct cache_choice choice = { .s = s, .asker = asker, .ret = ret };
	unsigned i;
	int r;

	for (i = 0; s->cache && i <= s->hwcap_count; i++) {
		choice.hwcap = i < s->hwcap_count ? s->hwcaps[i] : NULL;
		r = ldcache_find(s->cache, name, cache_entry, &choice);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return -ENOENT;
}

static int try_defaults(struct library_search *s, const struct library_asker *asker, const char *name,
			struct library_found *ret)
{
	size_t i;
	int r;

	for (i = 0; !asker->no_default && s->directories[i]; i++) {
		r = try_directory(s, s->directories[i], true, name, ret);
		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

/* ---- what the user gave ------------------------------------------------------------------------------------------ */

static int try_given(struct library_search *s, const char *name, struct library_found *ret)
{
	const struct inputs *in = s->options.given;
	size_t i;

	for (i = 0; in && i < in->count; i++) {
		const struct input *input = &in->items[i];

		if (input->kind != INPUT_SHARED || !input->given || !input->elf || !input->content)
			continue;
		if (strcmp(elf_file_soname(input->elf), name) == 0 || strcmp(path_base(input->path), name) == 0) {
			ret->how = "given";
			return try_file(s, input->path, false, ret);
		}
	}
	return -ENOENT;
}

/* ---- the order ----------------------------------------------------------------------------------------------------- */

static int try_path(struct library_search *s, const struct library_asker *asker, const char *name, struct library_found *ret)
{
	char path[PATH_MAX];
	bool inside;

	ret->how = "path";
	if (!expand(s, name, strlen(name), asker->origin, path, &inside))
		return -ENOENT;
	return try_file(s, path, inside && path[0] == '/', ret);
}

/* The loader is in memory before anything is looked for; it answers to its own name. */
static int try_interpreter(struct library_search *s, const char *name, struct library_found *ret)
{
	if (!s->interpreter || strcmp(path_base(s->interpreter), name) != 0)
		return -ENOENT;
	ret->how = "interpreter";
	return try_file(s, s->interpreter, s->interpreter[0] == '/', ret);
}

static int search_as_loader(struct library_search *s, const struct library_asker *asker, const char *name,
			    struct library_found *ret)
{
	int r = try_rpaths(s, asker, name, ret);

	if (r != -ENOENT)
		return r;
	ret->how = "LD_LIBRARY_PATH";
	r = try_list(s, s->options.library_path, "", ":;", name, ret);
	if (r != -ENOENT)
		return r;
	ret->how = "RUNPATH";
	r = s->musl ? -ENOENT : try_list(s, asker->runpath, asker->origin, ":", name, ret);
	if (r != -ENOENT)
		return r;
	ret->how = "cache";
	r = try_cache(s, asker, name, ret);
	if (r != -ENOENT)
		return r;
	ret->how = "default directory";
	return try_defaults(s, asker, name, ret);
}

int library_search(struct library_search *s, const struct library_asker *asker, const char *name, struct library_found *ret)
{
	int r;

	if (name[0] == '\0')
		return -ENOENT;
	if (strchr(name, '/'))
		return try_path(s, asker, name, ret);
	r = try_given(s, name, ret);
	if (r == -ENOENT)
		r = try_interpreter(s, name, ret);
	return r == -ENOENT ? search_as_loader(s, asker, name, ret) : r;
}

/* ---- setting up ------------------------------------------------------------------------------------------------------ */

/* Names of glibc-hwcaps that this processor has, the best first (x86-64 psABI; glibc sysdeps/x86_64/dl-hwcaps-subdirs.c). */
static const char *own_hwcaps(uint16_t machine)
{
#if defined(__x86_64__)
	bool v2, v3, v4;

	if (machine != EM_X86_64)
		return "";
	__builtin_cpu_init();
	v2 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("ssse3");
	v3 = v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
	v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	     __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
	return v4 ? "x86-64-v4:x86-64-v3:x86-64-v2" : v3 ? "x86-64-v3:x86-64-v2" : v2 ? "x86-64-v2" : "";
#else
	(void)machine;
	return "";
#endif
}

static int split_hwcaps(struct library_search *s, const char *list)
{
	while (*list && s->hwcap_count < HWCAPS_MAX) {
		size_t n = strcspn(list, ":");
		const char *name = arena_strndup(&s->arena, list, n);

		if (!name)
			return -ENOMEM;
		if (n && !memchr(list, '/', n))
			s->hwcaps[s->hwcap_count++] = name;
		list += list[n] ? n + 1 : n;
	}
	return 0;
}

/* Debian's multiarch directory; NULL: not known. */
static const char *multiarch(const struct elf_file *f)
{
	switch (f->machine) {
	case EM_X86_64: return f->wide ? "x86_64-linux-gnu" : "x86_64-linux-gnux32";
	case EM_386: return "i386-linux-gnu";
	case EM_AARCH64: return "aarch64-linux-gnu";
	case EM_ARM: return "arm-linux-gnueabihf";
	case EM_PPC64: return f->big ? "powerpc64-linux-gnu" : "powerpc64le-linux-gnu";
	case EM_RISCV: return "riscv64-linux-gnu";
	case EM_S390: return "s390x-linux-gnu";
	default: return NULL;
	}
}

/* Which layout the system has is seen by its directories. */
static bool has_directory(const struct library_search *s, const char *name)
{
	char real[PATH_MAX];

	if (s->root < 0)
		return access(name, F_OK) == 0;
	return locate_in_root(s, name, real) == 0;
}

#define DIRECTORIES_MAX 8
static int glibc_directories(struct library_search *s, const char **dirs, size_t *n)
{
	const char *arch = multiarch(s->program);
	char *debian = arch ? arena_printf(&s->arena, "/lib/%s", arch) : NULL;
	char *usr = arch ? arena_printf(&s->arena, "/usr/lib/%s", arch) : NULL;

	if (arch && (!debian || !usr))
		return -ENOMEM;
	s->lib = s->program->wide ? "lib64" : "lib";
	if (arch && has_directory(s, debian)) {
		s->lib = debian + 1;
		dirs[(*n)++] = debian;
		dirs[(*n)++] = usr;
	} else if (s->program->wide) {
		dirs[(*n)++] = "/lib64";
		dirs[(*n)++] = "/usr/lib64";
	}
	dirs[(*n)++] = "/lib";
	dirs[(*n)++] = "/usr/lib";
	return 0;
}

/* Without a cache, ldconfig was not run: what it would have read is then looked at by us. */
static int set_directories(struct library_search *s)
{
	const char *defaults[DIRECTORIES_MAX];
	struct ldconf conf = { .arena = &s->arena };
	size_t n = 0, i;
	const char **all;
	int r = 0;

	s->lib = "lib";
	if (s->musl) {
		defaults[n++] = "/lib";
		defaults[n++] = "/usr/local/lib";
		defaults[n++] = "/usr/lib";
	} else {
		r = glibc_directories(s, defaults, &n);
	}
	if (r == 0 && !s->cache)
		r = s->musl ? ldconf_read_musl(&conf, s->root, s->interpreter) : ldconf_read(&conf, s->root, "/etc/ld.so.conf");
	if (r < 0)
		return r;
	all = arena_array(&s->arena, conf.count + n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (i = 0; i < conf.count; i++)
		all[i] = conf.directories[i];
	/* musl's path file replaces its defaults. */
	for (i = 0; i < n && !(s->musl && conf.count); i++)
		all[conf.count + i] = defaults[i];
	s->directories = all;
	return 0;
}

static const char *interpreter_of(struct library_search *s)
{
	const struct elf_file *f = s->program;
	uint32_t i;

	for (i = 0; i < f->segment_count; i++) {
		const struct elf_file_segment *g = &f->segments[i];

		if (g->type != PT_INTERP || g->filesz < 2 || g->filesz > PATH_MAX || !range_inside(g->off, g->filesz, f->size))
			continue;
		return arena_strndup(&s->arena, (const char *)f->data + g->off,
				     strnlen((const char *)f->data + g->off, g->filesz));
	}
	return NULL;
}

const char *library_search_interpreter(const struct library_search *s)
{
	return s->interpreter;
}

static int open_cache(struct library_search *s)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	const char *path;
	int r;

	if (s->options.no_cache || s->musl)
		return 0;
	r = open_name(s, "/etc/ld.so.cache", true, &path, &c);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = ldcache_open(c, &s->cache, NULL);
	return r == -ENOMEM ? r : 0; /* a malformed one is as good as none, for the loader too */
}

static int open_root(struct library_search *s, struct error *err)
{
	if (!s->options.sysroot || !s->options.sysroot[0])
		return 0;
	s->root = open(s->options.sysroot, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->root < 0)
		return error_set(err, -errno, s->options.sysroot, "cannot be opened as a sysroot");
	return 0;
}

int library_search_new(const struct closure_options *o, const struct elf_file *program, struct library_search **ret,
		       struct error *err)
{
	static const struct closure_options none;
	CLEANUP(library_search_freep) struct library_search *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->arena.max = (size_t)64 << 20;
	s->root = -1;
	s->options = o ? *o : none;
	s->program = program;
	r = open_root(s, err);
	if (r < 0)
		return r;
	s->interpreter = interpreter_of(s);
	s->musl = s->interpreter && strncmp(path_base(s->interpreter), "ld-musl", 7) == 0;
	r = split_hwcaps(s, s->options.hwcaps ? s->options.hwcaps : s->musl ? "" : own_hwcaps(program->machine));
	if (r == 0)
		r = open_cache(s);
	if (r == 0)
		r = set_directories(s);
	if (r < 0)
		return r;
	*ret = steal_pointer(s);
	return 0;
}

void library_search_free(struct library_search *s)
{
	if (!s)
		return;
	ldcache_free(s->cache);
	if (s->root >= 0)
		(void)close(s->root);
	arena_release(&s->arena);
	free(s);
}

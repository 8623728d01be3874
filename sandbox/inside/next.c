/* SPDX-License-Identifier: Apache-2.0 */
/*
 * next.c: the function that a program would have called without us.
 *
 * dlsym(RTLD_NEXT) is not used: before glibc 2.34 it lives in a library that not every
 * program loads, it takes locks and allocates, and old versions of it give the oldest
 * of several versions of a symbol (pthread_cond_timedwait has two, with different layouts of the condition).  Instead the list
 * of loaded objects is walked with dl_iterate_phdr, which every C library has, and each object
 * behind our own is asked for the default version of the symbol, through its hash table:
 *
 *   DT_GNU_HASH   bucket count, index of the first hashed symbol, size of the Bloom filter in words, its shift;
 *                 the filter; the buckets (index of the first symbol of each); a word for each symbol: its hash,
 *                 whose lowest bit is set at the end of the bucket
 *   DT_HASH       bucket count, chain count; buckets; chains (index of the next symbol)
 *   DT_VERSYM     16 bits a symbol; the highest: hidden, not the default version
 *
 * glibc has added the load address to the pointers of the dynamic section, musl has not: an
 * address below the load address is relative.  The vDSO is listed too, and exports clock_gettime
 * under another contract (errors as negative numbers): it is passed over.
 *
 * Source: System V ABI, chapter 5; the GNU hash section as binutils' ld writes it.
 */
#include "sandbox/inside/library.h"

#include <elf.h>
#include <linux/fcntl.h>

#define VERSYM_HIDDEN 0x8000

/* The beginning of the structure in <link.h>, which does not go together with the kernel's headers. */
struct dl_phdr_info {
	uintptr_t dlpi_addr;
	const char *dlpi_name;
	const Elf64_Phdr *dlpi_phdr;
	uint16_t dlpi_phnum;
};
/* Weak: a dynamic program without any C library must start as well. */
__attribute__((weak)) int dl_iterate_phdr(int (*visit)(struct dl_phdr_info *, size_t, void *), void *ctx);

struct object {
	uintptr_t base;
	const Elf64_Sym *symbols;
	const char *strings;
	const uint32_t *gnu_hash, *hash;
	const uint16_t *versions;
	uint64_t soname;
};

static void *found[NEXT_COUNT];
static const char *const names[NEXT_COUNT] = {
#define NEXT_NAME(name) #name,
	NEXT_FUNCTIONS(NEXT_NAME)
#undef NEXT_NAME
};

static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static bool starts_with(const char *s, const char *prefix)
{
	while (*prefix && *s == *prefix)
		s++, prefix++;
	return !*prefix;
}

static const void *dynamic_pointer(const struct object *o, uint64_t value)
{
	return (const void *)(value < o->base ? o->base + value : value);
}

/* False: it has nothing to look up. */
static bool read_dynamic(const struct dl_phdr_info *info, struct object *o)
{
	const Elf64_Dyn *d = NULL;

	*o = (struct object){ .base = info->dlpi_addr };
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			d = (const Elf64_Dyn *)(o->base + info->dlpi_phdr[i].p_vaddr);
	for (; d && d->d_tag != DT_NULL; d++) {
		const void *p = dynamic_pointer(o, d->d_un.d_ptr);

		switch (d->d_tag) {
		case DT_SYMTAB: o->symbols = p; break;
		case DT_STRTAB: o->strings = p; break;
		case DT_GNU_HASH: o->gnu_hash = p; break;
		case DT_HASH: o->hash = p; break;
		case DT_VERSYM: o->versions = p; break;
		case DT_SONAME: o->soname = d->d_un.d_val; break;
		}
	}
	return o->symbols && o->strings && (o->gnu_hash || o->hash) &&
	       !(o->soname && starts_with(o->strings + o->soname, "linux-"));
}

static void *defined(const struct object *o, uint32_t i, const char *name)
{
	const Elf64_Sym *s = &o->symbols[i];

	if (s->st_shndx == SHN_UNDEF || !s->st_value || ELF64_ST_TYPE(s->st_info) != STT_FUNC ||
	    (o->versions && (o->versions[i] & VERSYM_HIDDEN)) || !equal(o->strings + s->st_name, name))
		return NULL;
	return (void *)(o->base + s->st_value);
}

static void *look_up_gnu(const struct object *o, const char *name)
{
	const uint32_t *h = o->gnu_hash, buckets = h[0], first = h[1], words = h[2];
	const uint64_t *filter = (const uint64_t *)(h + 4);
	const uint32_t *bucket = (const uint32_t *)(filter + words), *chain = bucket + buckets;
	uint32_t hash = 5381;
	uint64_t word;

	for (const char *c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	if (!buckets || !words)
		return NULL;
	word = filter[hash / 64 % words];
	if (!(word >> (hash % 64) & word >> ((hash >> h[3]) % 64) & 1))
		return NULL;
	for (uint32_t i = bucket[hash % buckets]; i >= first; i++) {
		void *p = (chain[i - first] | 1) == (hash | 1) ? defined(o, i, name) : NULL;

		if (p)
			return p;
		if (chain[i - first] & 1)
			break;
	}
	return NULL;
}

static void *look_up_sysv(const struct object *o, const char *name)
{
	const uint32_t *bucket = o->hash + 2, *chain = bucket + o->hash[0];
	uint32_t hash = 0;

	for (const char *c = name; *c; c++) {
		hash = (hash << 4) + (unsigned char)*c;
		hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
	}
	for (uint32_t i = o->hash[0] ? bucket[hash % o->hash[0]] : 0; i; i = chain[i]) {
		void *p = defined(o, i, name);

		if (p)
			return p;
	}
	return NULL;
}

static bool holds(const struct dl_phdr_info *info, uintptr_t address)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && address - info->dlpi_addr - p->p_vaddr < p->p_memsz)
			return true;
	}
	return false;
}

static int visit(struct dl_phdr_info *info, size_t size, void *ctx)
{
	bool *passed_own = ctx;
	struct object o;

	(void)size;
	if (!*passed_own) {
		*passed_own = holds(info, (uintptr_t)&found);
		return 0;
	}
	if (!read_dynamic(info, &o))
		return 0;
	for (int i = 0; i < NEXT_COUNT; i++) {
		void *p = NULL;

		if (!__atomic_load_n(&found[i], __ATOMIC_RELAXED))
			p = o.gnu_hash ? look_up_gnu(&o, names[i]) : look_up_sysv(&o, names[i]);
		if (p)
			__atomic_store_n(&found[i], p, __ATOMIC_RELAXED);
	}
	return 0;
}

void *next_function(enum next_function f)
{
	void *p = __atomic_load_n(&found[f], __ATOMIC_RELAXED);
	bool passed_own = false;

	if (__builtin_expect(p != NULL, 1))
		return p;
	/* All at once; again when one was missing, since its library may have been loaded later. */
	if (dl_iterate_phdr)
		(void)dl_iterate_phdr(visit, &passed_own);
	return __atomic_load_n(&found[f], __ATOMIC_RELAXED);
}

/* ---- our own file ------------------------------------------------------------------------------------------ */

struct path_wanted {
	char *out;
	size_t size;
};

static void copy_name(const char *from, size_t n, char *out, size_t size)
{
	if (n >= size)
		return;
	for (size_t i = 0; i < n; i++)
		out[i] = from[i];
	out[n] = '\0';
}

static int visit_for_path(struct dl_phdr_info *info, size_t size, void *ctx)
{
	const struct path_wanted *w = ctx;
	size_t n = 0;

	(void)size;
	if (!holds(info, (uintptr_t)&found))
		return 0;
	while (info->dlpi_name && info->dlpi_name[n])
		n++;
	copy_name(info->dlpi_name, n, w->out, w->size);
	return 1;
}

static const char *hexadecimal(const char *s, uintptr_t *ret)
{
	for (*ret = 0;; s++) {
		unsigned c = (unsigned char)*s;
		unsigned digit = c - '0' < 10 ? c - '0' : c - 'a' < 6 ? c - 'a' + 10 : 16;

		if (digit > 15)
			return s;
		*ret = *ret * 16 + digit;
	}
}

/* "55d0c000-55d0d000 r-xp 00000000 fe:00 1234     /the/name" */
static bool line_names_us(const char *line, size_t n, char *out, size_t size)
{
	uintptr_t from, to;
	const char *p = hexadecimal(line, &from);
	size_t slash = 0;

	if (*p != '-')
		return false;
	(void)hexadecimal(p + 1, &to);
	if ((uintptr_t)&found < from || (uintptr_t)&found >= to)
		return false;
	while (slash < n && line[slash] != '/')
		slash++;
	copy_name(line + slash, n - slash, out, size);
	return true;
}

static void path_from_maps(char *out, size_t size)
{
	int fd = (int)kernel4(__NR_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
	char line[4200];
	size_t n = 0;
	bool done = fd < 0;

	while (!done && kernel3(__NR_read, fd, line + n, 1) == 1) {
		if (line[n] != '\n') {
			n += n < sizeof(line) - 2;
			continue;
		}
		line[n] = '\0';
		done = line_names_us(line, n, out, size);
		n = 0;
	}
	if (fd >= 0)
		(void)kernel3(__NR_close, fd, 0, 0);
}

void own_path(char *out, size_t size)
{
	struct path_wanted w = { out, size };

	*out = '\0';
	if (dl_iterate_phdr)
		(void)dl_iterate_phdr(visit_for_path, &w);
	for (const char *c = out; *c; c++)
		if (*c == '/')
			return;
	*out = '\0';
	path_from_maps(out, size);
}

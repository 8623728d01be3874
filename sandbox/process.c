/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an executable is to a preloaded library follows from few facts of its ELF header (System V ABI, chapters 4
 * and 5): class and machine say whether our library could be loaded at all; a program with PT_INTERP is started by
 * the dynamic loader, which reads LD_PRELOAD; one without has nobody who would, be it ET_EXEC or a static ET_DYN.
 * The loader run by hand ("ld.so PROGRAM") is one of those too, although it does preload: counted as static, because
 * to call a program reached that is not would call an axis effective that was not.
 *
 * Set-user-id and set-group-id make the loader run in secure mode (AT_SECURE), where LD_PRELOAD with a slash is
 * ignored; so do file capabilities.
 */
#include "sandbox/process.h"

#include "base/bytes.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OWN_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define OWN_DATA  (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? ELFDATA2MSB : ELFDATA2LSB)
#if defined(__x86_64__)
#define OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OWN_MACHINE EM_AARCH64
#elif defined(__riscv)
#define OWN_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define OWN_MACHINE EM_PPC64
#elif defined(__s390x__)
#define OWN_MACHINE EM_S390
#elif defined(__i386__)
#define OWN_MACHINE EM_386
#elif defined(__arm__)
#define OWN_MACHINE EM_ARM
#else
#define OWN_MACHINE EM_NONE
#endif

/* Segments looked at: linkers write around ten. */
#define SEGMENTS_MAX 512

void process_list_release(struct process_list *l)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		free(l->items[i].program);
		free(l->items[i].command);
	}
	free(l->items);
	free(l->observations);
	*l = (struct process_list){ 0 };
}

/* Room for one more of `size` bytes in an array that doubles. */
static int make_room(void **items, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? 2 * *capacity : 16;
	void *grown;

	if (count < *capacity)
		return 0;
	grown = reallocarray(*items, wanted, size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*capacity = wanted;
	return 0;
}

int process_list_add(struct process_list *l, const struct process *p, size_t *ret_index)
{
	struct process copy = *p;
	void *items = l->items;

	if (l->count >= PROCESSES_MAX) {
		l->dropped++;
		return -EFBIG;
	}
	if (make_room(&items, l->count, &l->capacity, sizeof(*p)) < 0)
		return -ENOMEM;
	l->items = items;
	copy.program = strdup(p->program ? p->program : "");
	copy.command = strdup(p->command ? p->command : "");
	if (!copy.program || !copy.command) {
		free(copy.program);
		free(copy.command);
		return -ENOMEM;
	}
	if (ret_index)
		*ret_index = l->count;
	l->items[l->count++] = copy;
	return 0;
}

static bool same_observation(const struct observation *a, const struct observation *b)
{
	return a->process == b->process && a->source == b->source && a->len == b->len &&
	       memcmp(a->value, b->value, a->len) == 0;
}

int process_list_observe(struct process_list *l, const struct observation *o)
{
	void *items = l->observations;
	size_t i;

	if (o->len > OBSERVED_MAX)
		return -EINVAL;
	/* Equal ones come close together: a loop over the recent ones folds them without an index. */
	for (i = l->observation_count; i > 0 && l->observation_count - i < 64; i--) {
		if (!same_observation(&l->observations[i - 1], o))
			continue;
		l->observations[i - 1].count += o->count ? o->count : 1;
		return 0;
	}
	if (l->observation_count >= OBSERVATIONS_MAX) {
		l->dropped++;
		return -EFBIG;
	}
	if (make_room(&items, l->observation_count, &l->observation_capacity, sizeof(*o)) < 0)
		return -ENOMEM;
	l->observations = items;
	l->observations[l->observation_count] = *o;
	if (!o->count)
		l->observations[l->observation_count].count = 1;
	l->observation_count++;
	return 0;
}

const char *entropy_source_name(enum entropy_source s)
{
	static const char *const names[SOURCE_COUNT] = {
		[SOURCE_CLOCK] = "clock",         [SOURCE_MONOTONIC] = "monotonic clock",
		[SOURCE_RANDOM] = "random",       [SOURCE_HOST] = "host",
		[SOURCE_DIRECTORY] = "directory", [SOURCE_PID] = "pid",
		[SOURCE_NETWORK] = "network",     [SOURCE_STAT_TIME] = "file time",
	};

	return (unsigned)s < SOURCE_COUNT ? names[s] : "unknown";
}

static bool privileged(int fd, const struct stat *st)
{
	if (st->st_mode & S_ISUID)
		return true;
	/* Without group execution the bit meant mandatory locking. */
	if ((st->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		return true;
	return fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

/* Whether a program header of type PT_INTERP is there; -EINVAL: they cannot be read. */
static int has_interpreter(int fd, uint64_t offset, unsigned size, unsigned count)
{
	uint8_t header[sizeof(Elf64_Phdr)];
	unsigned i;

	if (size < sizeof(uint32_t) || size > sizeof(header))
		return -EINVAL;
	for (i = 0; i < count && i < SEGMENTS_MAX; i++) {
		uint64_t at;

		if (add_overflows(offset, (uint64_t)i * size, &at) || at > INT64_MAX)
			return -EINVAL;
		if (pread(fd, header, size, (off_t)at) != (ssize_t)size)
			return -EINVAL;
		if (load_uint(header, 4, OWN_DATA == ELFDATA2MSB) == PT_INTERP)
			return 1;
	}
	return 0;
}

static enum program_kind elf_kind(int fd, const uint8_t *p, size_t n)
{
	struct cursor c = cursor_make(p, n);
	unsigned machine, type, size, count, word = OWN_CLASS == ELFCLASS64 ? 8 : 4;
	uint64_t offset;
	int interpreter;

	if (n <= EI_DATA)
		return PROGRAM_UNKNOWN;
	if (p[EI_CLASS] != OWN_CLASS || p[EI_DATA] != OWN_DATA)
		return PROGRAM_FOREIGN;
	c.big = OWN_DATA == ELFDATA2MSB;
	cursor_skip(&c, EI_NIDENT);
	type = cursor_u16(&c);
	machine = cursor_u16(&c);
	cursor_skip(&c, 4 + word); /* e_version, e_entry */
	offset = cursor_uint(&c, word);
	cursor_skip(&c, word + 4 + 2); /* e_shoff, e_flags, e_ehsize */
	size = cursor_u16(&c);
	count = cursor_u16(&c);
	if (c.failed || (type != ET_EXEC && type != ET_DYN))
		return PROGRAM_UNKNOWN;
	if (machine != OWN_MACHINE)
		return PROGRAM_FOREIGN;
	interpreter = has_interpreter(fd, offset, size, count);
	if (interpreter < 0)
		return PROGRAM_UNKNOWN;
	return interpreter ? PROGRAM_DYNAMIC : PROGRAM_STATIC;
}

enum program_kind program_kind_of(int fd)
{
	uint8_t head[sizeof(Elf64_Ehdr)];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return PROGRAM_UNKNOWN;
	n = pread(fd, head, sizeof(head), 0);
	if (n >= 2 && head[0] == '#' && head[1] == '!')
		return PROGRAM_SCRIPT; /* the kernel ignores its set-user-id */
	if (n < SELFMAG || memcmp(head, ELFMAG, SELFMAG) != 0)
		return PROGRAM_UNKNOWN;
	if (privileged(fd, &st))
		return PROGRAM_PRIVILEGED;
	return elf_kind(fd, head, (size_t)n);
}

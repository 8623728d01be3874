/* SPDX-License-Identifier: Apache-2.0 */
/* process.c: what a preloaded library reaches, told from an executable's header; and lists that fold and drop. */
#include "sandbox/process.h"

#include "tests/unit/scratch.h"

#include <elf.h>
#include <errno.h>
#include <sys/stat.h>

#define SELF "/proc/self/exe"

static int kind_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), kind;

	assert_true(fd >= 0);
	kind = (int)program_kind_of(fd);
	assert_int_equal(close(fd), 0);
	return kind;
}

static int kind_of_bytes(const void *p, size_t n, mode_t mode)
{
	const char *path = scratch_path("program");
	int kind;

	scratch_write(path, p, n);
	assert_int_equal(chmod(path, mode), 0);
	kind = kind_of(path);
	assert_int_equal(unlink(path), 0);
	return kind;
}

/* A header of our own class and machine with `count` program headers of `type`. */
static size_t make_elf(uint8_t *out, uint16_t elf_type, uint32_t type, uint16_t count)
{
	int fd = open(SELF, O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr h;
	Elf64_Phdr p = { .p_type = type };
	uint16_t i;

	assert_int_equal(read(fd, &h, sizeof(h)), sizeof(h));
	assert_int_equal(close(fd), 0);
	h.e_type = elf_type;
	h.e_phoff = sizeof(h);
	h.e_phentsize = sizeof(p);
	h.e_phnum = count;
	memcpy(out, &h, sizeof(h));
	for (i = 0; i < count; i++)
		memcpy(out + sizeof(h) + i * sizeof(p), &p, sizeof(p));
	return sizeof(h) + count * sizeof(p);
}

static void the_tests_themselves_are_dynamic(void **state)
{
	(void)state;
	assert_int_equal(kind_of(SELF), PROGRAM_DYNAMIC);
}

static void without_interpreter_it_is_static(void **state)
{
	uint8_t elf[1024];

	(void)state;
	assert_int_equal(kind_of_bytes(elf, make_elf(elf, ET_EXEC, PT_LOAD, 3), 0755), PROGRAM_STATIC);
	assert_int_equal(kind_of_bytes(elf, make_elf(elf, ET_DYN, PT_LOAD, 3), 0755), PROGRAM_STATIC);
	assert_int_equal(kind_of_bytes(elf, make_elf(elf, ET_DYN, PT_INTERP, 2), 0755), PROGRAM_DYNAMIC);
	assert_int_equal(kind_of_bytes(elf, make_elf(elf, ET_EXEC, PT_INTERP, 1), 0755), PROGRAM_DYNAMIC);
}

static void another_class_or_machine_is_foreign(void **state)
{
	uint8_t elf[1024];
	size_t n = make_elf(elf, ET_DYN, PT_INTERP, 1);
	uint16_t machine = EM_68K;

	(void)state;
	elf[EI_CLASS] ^= ELFCLASS32 ^ ELFCLASS64;
	assert_int_equal(kind_of_bytes(elf, n, 0755), PROGRAM_FOREIGN);
	n = make_elf(elf, ET_DYN, PT_INTERP, 1);
	memcpy(elf + offsetof(Elf64_Ehdr, e_machine), &machine, sizeof(machine));
	assert_int_equal(kind_of_bytes(elf, n, 0755), PROGRAM_FOREIGN);
}

static void set_user_id_is_privileged(void **state)
{
	uint8_t elf[1024];
	size_t n = make_elf(elf, ET_DYN, PT_INTERP, 1);

	(void)state;
	assert_int_equal(kind_of_bytes(elf, n, 04755), PROGRAM_PRIVILEGED);
	assert_int_equal(kind_of_bytes(elf, n, 02755), PROGRAM_PRIVILEGED);
	assert_int_equal(kind_of_bytes(elf, n, 01755), PROGRAM_DYNAMIC);
	/* The kernel ignores it for scripts. */
	assert_int_equal(kind_of_bytes("#!/bin/sh\n", 10, 04755), PROGRAM_SCRIPT);
}

static void scripts_and_others(void **state)
{
	int null;

	(void)state;
	assert_int_equal(kind_of_bytes("#!/bin/sh\n", 10, 0755), PROGRAM_SCRIPT);
	assert_int_equal(kind_of_bytes("echo\n", 5, 0755), PROGRAM_UNKNOWN);
	assert_int_equal(kind_of_bytes("", 0, 0755), PROGRAM_UNKNOWN);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(program_kind_of(null), PROGRAM_UNKNOWN);
	assert_int_equal(close(null), 0);
	assert_int_equal(program_kind_of(-1), PROGRAM_UNKNOWN);
}

/* A header cut anywhere says nothing, or what the whole would say; it is never read beyond its end. */
static void truncated_headers(void **state)
{
	uint8_t elf[1024];
	size_t n = make_elf(elf, ET_DYN, PT_INTERP, 1), i;

	(void)state;
	for (i = 0; i < n; i++)
		assert_int_equal(kind_of_bytes(elf, i, 0755), PROGRAM_UNKNOWN);
	/* Program headers that lie beyond the end, or overflow. */
	memset(elf + offsetof(Elf64_Ehdr, e_phoff), 0xff, sizeof(Elf64_Off));
	assert_int_equal(kind_of_bytes(elf, n, 0755), PROGRAM_UNKNOWN);
}

static void equal_observations_are_folded(void **state)
{
	struct process_list l = { 0 };
	struct process p = { .pid = 7, .parent = SIZE_MAX };
	struct observation o = { .source = SOURCE_PID, .len = 1, .value = { 7 } };
	size_t index = 99;

	(void)state;
	assert_int_equal(process_list_add(&l, &p, &index), 0);
	assert_int_equal(index, 0);
	assert_string_equal(l.items[0].program, "");
	assert_int_equal(process_list_observe(&l, &o), 0);
	assert_int_equal(process_list_observe(&l, &o), 0);
	o.count = 5;
	assert_int_equal(process_list_observe(&l, &o), 0);
	o.value[0] = 8;
	assert_int_equal(process_list_observe(&l, &o), 0);
	assert_int_equal(l.observation_count, 2);
	assert_int_equal(l.observations[0].count, 7);
	o.len = OBSERVED_MAX + 1;
	assert_int_equal(process_list_observe(&l, &o), -EINVAL);
	process_list_release(&l);
	assert_int_equal(l.count, 0);
}

static void too_many_are_counted(void **state)
{
	struct process_list l = { 0 };
	struct process p = { .program = (char[]){ "x" } };
	int i, r = 0;

	(void)state;
	for (i = 0; i < PROCESSES_MAX; i++)
		r |= process_list_add(&l, &p, NULL);
	assert_int_equal(r, 0);
	assert_int_equal(process_list_add(&l, &p, NULL), -EFBIG);
	assert_int_equal(l.dropped, 1);
	process_list_release(&l);
}

static void sources_have_names(void **state)
{
	int s;

	(void)state;
	for (s = 0; s < SOURCE_COUNT; s++)
		assert_string_not_equal(entropy_source_name((enum entropy_source)s), "unknown");
	assert_string_equal(entropy_source_name(SOURCE_COUNT), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tests_themselves_are_dynamic),
		cmocka_unit_test(without_interpreter_it_is_static),
		cmocka_unit_test(another_class_or_machine_is_foreign),
		cmocka_unit_test(set_user_id_is_privileged),
		cmocka_unit_test(scripts_and_others),
		cmocka_unit_test(truncated_headers),
		cmocka_unit_test(equal_observations_are_folded),
		cmocka_unit_test(too_many_are_counted),
		cmocka_unit_test(sources_have_names),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}

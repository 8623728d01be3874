/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter is a list of comparisons, written by hand and not by libseccomp, because it
 * is installed between fork and exec, where memory must not be taken.  Its length costs nothing: since
 * Linux 5.11 the kernel remembers which numbers pass whatever their arguments are
 * (kernel/seccomp.c, seccomp_cache_prepare), and those never run it.
 *
 * Calls of another architecture or word size pass: such programs (i386 on x86-64) are
 * recorded as foreign and otherwise left alone.
 */
#include "sandbox/trace_registers.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#define NATIVE_ARCH 0 /* no program is of it: nothing is stopped */
#endif

enum when { ALWAYS, FROZEN, NEVER };

/* What must hold of the low word of one argument. */
enum test { NO_TEST, SOME_OF, NONE_OF, POSITIVE };

struct rule {
	int number;
	enum traced_call call;
	enum when when;
	enum test test;
	unsigned arg;
	uint32_t mask;
};

#define GIVEN UINT32_MAX /* a pointer that is not NULL */
/* Not what is opened to be written, and no directories: a source of random bytes is opened to be read. */
#define NOT_TO_READ (O_WRONLY | O_CREAT | O_DIRECTORY | O_PATH)

static const struct rule rules[] = {
	{ SYS_clock_gettime, CALL_CLOCK_GETTIME, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_gettimeofday, CALL_GETTIMEOFDAY, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_getrandom, CALL_GETRANDOM, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_openat, CALL_OPENAT, ALWAYS, NONE_OF, 2, NOT_TO_READ },
	{ SYS_uname, CALL_UNAME, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_getdents64, CALL_GETDENTS, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_getpid, CALL_PID, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_gettid, CALL_PID, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_getppid, CALL_PID, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_connect, CALL_CONNECT, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_sendto, CALL_SENDTO, ALWAYS, SOME_OF, 4, GIVEN },
	{ SYS_nanosleep, CALL_NANOSLEEP, FROZEN, NO_TEST, 0, 0 },
	{ SYS_clock_nanosleep, CALL_CLOCK_NANOSLEEP, FROZEN, NO_TEST, 0, 0 },
	{ SYS_futex, CALL_FUTEX, FROZEN, SOME_OF, 1, FUTEX_CLOCK_REALTIME },
	{ SYS_ppoll, CALL_PPOLL, FROZEN, SOME_OF, 2, GIVEN },
	{ SYS_pselect6, CALL_PSELECT, FROZEN, SOME_OF, 4, GIVEN },
	{ SYS_epoll_pwait, CALL_EPOLL_WAIT, FROZEN, POSITIVE, 3, 0 },
	{ SYS_epoll_pwait2, CALL_EPOLL_PWAIT2, FROZEN, SOME_OF, 3, GIVEN },
	{ SYS_restart_syscall, CALL_RESTART, FROZEN, NO_TEST, 0, 0 },
	{ SYS_fstat, CALL_STAT, FROZEN, NO_TEST, 0, 0 },
	{ SYS_newfstatat, CALL_STATAT, FROZEN, NO_TEST, 0, 0 },
	{ SYS_statx, CALL_STATX, FROZEN, NO_TEST, 0, 0 },
#if defined(__x86_64__) /* what newer machines no longer have */
	{ SYS_time, CALL_TIME, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_open, CALL_OPEN, ALWAYS, NONE_OF, 1, NOT_TO_READ },
	{ SYS_getdents, CALL_GETDENTS, ALWAYS, NO_TEST, 0, 0 },
	{ SYS_poll, CALL_POLL, FROZEN, POSITIVE, 2, 0 },
	{ SYS_epoll_wait, CALL_EPOLL_WAIT, FROZEN, POSITIVE, 3, 0 },
	{ SYS_select, CALL_SELECT, FROZEN, SOME_OF, 4, GIVEN },
	{ SYS_stat, CALL_STAT, FROZEN, NO_TEST, 0, 0 },
	{ SYS_lstat, CALL_STAT, FROZEN, NO_TEST, 0, 0 },
#endif
	{ SYS_read, CALL_READ, NEVER, NO_TEST, 0, 0 },
	{ SYS_pread64, CALL_READ, NEVER, NO_TEST, 0, 0 },
};
#define RULE_COUNT (sizeof(rules) / sizeof(rules[0]))

/* ---- the filter -------------------------------------------------------------------------------------------- */

#define INSTRUCTIONS_MAX (RULE_COUNT * 6 + 8)

struct program_text {
	struct sock_filter text[INSTRUCTIONS_MAX];
	unsigned short len;
};

static void statement(struct program_text *f, uint16_t code, uint32_t k)
{
	f->text[f->len++] = (struct sock_filter)BPF_STMT(code, k);
}

/* Skips so many instructions when the comparison holds, and when not. */
static void jump(struct program_text *f, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	f->text[f->len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | code | BPF_K, k, yes, no);
}

static void load(struct program_text *f, size_t offset)
{
	statement(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static uint8_t length_of_test(enum test t)
{
	static const uint8_t lengths[] = { [NO_TEST] = 1, [SOME_OF] = 4, [NONE_OF] = 4, [POSITIVE] = 5 };

	return lengths[t];
}

/* After the test's jumps stand "stop" and "let pass", in this order. */
static void add_test(struct program_text *f, const struct rule *r)
{
	load(f, offsetof(struct seccomp_data, args) + 8 * r->arg);
	if (r->test == POSITIVE) {
		jump(f, BPF_JSET, UINT32_C(1) << 31, 2, 0);
		jump(f, BPF_JEQ, 0, 1, 0);
	} else {
		jump(f, BPF_JSET, r->mask, r->test == NONE_OF, r->test == SOME_OF);
	}
}

static void add_rule(struct program_text *f, const struct rule *r)
{
	jump(f, BPF_JEQ, (uint32_t)r->number, 0, length_of_test(r->test));
	if (r->test != NO_TEST)
		add_test(f, r);
	statement(f, BPF_RET | BPF_K, SECCOMP_RET_TRACE | (uint32_t)r->call);
	if (r->test != NO_TEST)
		statement(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

static void build_filter(bool frozen, struct program_text *f)
{
	size_t i;

	f->len = 0;
	load(f, offsetof(struct seccomp_data, arch));
	jump(f, BPF_JEQ, NATIVE_ARCH, 1, 0);
	statement(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	load(f, offsetof(struct seccomp_data, nr));
	for (i = 0; i < RULE_COUNT; i++)
		if (rules[i].when == ALWAYS || (rules[i].when == FROZEN && frozen))
			add_rule(f, &rules[i]);
	statement(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

int filter_install(bool frozen)
{
	struct program_text f;
	struct sock_fprog program = { .filter = f.text };

	build_filter(frozen, &f);
	program.len = f.len;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		return 0;
	if (errno != EACCES)
		return -errno;
	/* Without privilege over our user namespace there is no filter unless set-user-id programs lose theirs. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return -errno;
	return 0;
}

/* ---- numbers and registers --------------------------------------------------------------------------------- */

enum traced_call call_of_number(uint32_t arch, uint64_t number)
{
	size_t i;

	if (arch != NATIVE_ARCH)
		return CALL_NONE;
	for (i = 0; i < RULE_COUNT; i++)
		if ((uint64_t)rules[i].number == number)
			return rules[i].call;
	return CALL_NONE;
}

unsigned word_of_arch(uint32_t arch)
{
	switch (arch) {
	case NATIVE_ARCH:
		return 8;
	case AUDIT_ARCH_I386:
	case AUDIT_ARCH_ARM:
		return 4;
	default:
		return 0;
	}
}

/* Number -1 makes the kernel skip the call and return what stands in the register of results. */
#if defined(__x86_64__)

static int poke_register(pid_t tid, size_t offset, int64_t value)
{
	return ptrace(PTRACE_POKEUSER, tid, offset, value) < 0 ? -errno : 0;
}

int registers_answer(pid_t tid, int64_t result)
{
	int r = poke_register(tid, offsetof(struct user_regs_struct, orig_rax), -1);

	return r ? r : poke_register(tid, offsetof(struct user_regs_struct, rax), result);
}

#elif defined(__aarch64__)

int registers_answer(pid_t tid, int64_t result)
{
	struct user_regs_struct regs;
	struct iovec all = { &regs, sizeof(regs) };
	int number = -1;
	struct iovec call = { &number, sizeof(number) };

	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) < 0)
		return -errno;
	regs.regs[0] = (unsigned long long)result;
	if (ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) < 0 ||
	    ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &call) < 0)
		return -errno;
	return 0;
}

#else

int registers_answer(pid_t tid, int64_t result)
{
	(void)tid;
	(void)result;
	return -ENOSYS;
}

#endif

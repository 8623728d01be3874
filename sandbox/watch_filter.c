/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter is written as the kernel takes it (seccomp(2), "Filters"): a dozen instructions, where a library would
 * spend more time than the whole world costs.  Calls of another architecture (32-bit programs) pass unseen.
 */
#include "sandbox/watch.h"

#include "base/cleanup.h"
#include "sandbox/inside.h"
#include "sandbox/watch_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_AUDIT_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_AUDIT_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OWN_AUDIT_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define OWN_AUDIT_ARCH AUDIT_ARCH_S390X
#else
#define OWN_AUDIT_ARCH 0 /* never seen: nothing is watched */
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define IF_IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))

int watch_install(const struct sock_filter *code, size_t count)
{
	struct sock_fprog program = { .len = (unsigned short)count, .filter = (struct sock_filter *)(uintptr_t)code };
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	unsigned long all = flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	int fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, all, &program);

	/* Without CAP_SYS_ADMIN: set-user-id programs lose their effect. */
	if (fd < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, all, &program);
	if (fd < 0 && errno == EINVAL) /* before Linux 5.19 */
		fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return fd < 0 ? -errno : fd;
}

static int install(void)
{
	const struct sock_filter code[] = {
		LOAD(arch),
		IF_IS(OWN_AUDIT_ARCH, 0, 9),
		LOAD(nr),
		IF_IS(__NR_execve, 8, 0),
		IF_IS(__NR_execveat, 7, 0),
		IF_IS(__NR_connect, 6, 0),
		IF_IS(__NR_sendto, 0, 4),
		/* sendto() without an address is send(): both halves of its fifth argument are 0. */
		LOAD(args[4]),
		IF_IS(0, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4]) + 4),
		IF_IS(0, 0, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_USER_NOTIF),
	};

	return watch_install(code, sizeof(code) / sizeof(code[0]));
}

static int hand_over(int socket, int listener)
{
	AUTO_FD int fd = listener;
	int r = message_send(socket, MESSAGE_LISTENER, fd < 0 ? -1 : fd); /* also when there is none: somebody waits */

	return fd < 0 ? fd : r;
}

int watch_child(int socket)
{
	return hand_over(socket, install());
}

/* ---- files ------------------------------------------------------------------------------------------------- */

#ifdef __NR_open
#define NR_OPEN  __NR_open
#define NR_CREAT __NR_creat
#else /* newer architectures have openat() only */
#define NR_OPEN  UINT32_MAX
#define NR_CREAT UINT32_MAX
#endif
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_HALF 4
#else
#define LOW_HALF 0
#endif
#define LOAD_ARGUMENT(i) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[i]) + LOW_HALF)

int watch_files_child(int socket)
{
	static const struct sock_filter code[] = {
		LOAD(arch),
		IF_IS(OWN_AUDIT_ARCH, 0, 11),
		LOAD(nr),
		IF_IS(__NR_execve, 10, 0),
		IF_IS(__NR_execveat, 9, 0),
		IF_IS(__NR_openat2, 8, 0),
		IF_IS(NR_CREAT, 7, 0),
		IF_IS(__NR_openat, 1, 0),
		IF_IS(NR_OPEN, 2, 4),
		/* Directories, and names without content, are let go at once. */
		LOAD_ARGUMENT(2),
		BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
		LOAD_ARGUMENT(1),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_DIRECTORY | O_PATH, 0, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_USER_NOTIF),
	};

	return hand_over(socket, watch_install(code, sizeof(code) / sizeof(code[0])));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.c: living on when the file behind a mapping shrinks.
 *
 * Touching a page of a mapping that lies wholly beyond the end of its file, or
 * that the device cannot deliver, raises SIGBUS in the thread that touched it.
 * The handler looks up the mapping, puts zero pages over the rest of it and
 * returns; the access is repeated and finds zeros.  All of the rest, because a
 * truncation takes all of it: one signal a mapping instead of one a page, and
 * no more kernel mappings than one beside the old.
 *
 * The handler may run at any instant, so it takes no lock and allocates nothing.
 * It reads a table of slots that only ever grows: an array, whose last element
 * leads to another, published with release order.  A slot is a sequence lock:
 * writers (one at a time, under a mutex) make `sequence` odd, change it, and make
 * it even again; the handler ignores a slot that was odd or changed meanwhile.
 *
 * Why the right slot is found: the faulting thread is using the mapping, so its
 * slot is not being changed while the handler runs, and no other mapping can
 * live at that address in that time.
 *
 * A SIGBUS that is not ours (another address, or sent by kill) gets the
 * disposition from before: it is put back, and the fault is repeated.
 */
#include "base/content_private.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

struct guard {
	atomic_uint sequence;
	atomic_uintptr_t start, end; /* whole pages; both 0: free */
	atomic_bool writable;
	atomic_bool damaged;
	struct guard *next_free; /* under table_lock */
};

#define TABLE_SLOTS 256

struct table {
	struct guard slots[TABLE_SLOTS];
	_Atomic(struct table *) next;
};

static struct table first_table;
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct table *last_table;
static unsigned last_table_used;
static struct guard *free_slots;

static uintptr_t page_mask; /* set before the handler is installed */
static struct sigaction disposition_before;

static void slot_set(struct guard *g, uintptr_t start, uintptr_t end, bool writable)
{
	(void)atomic_fetch_add(&g->sequence, 1);
	atomic_store(&g->start, start);
	atomic_store(&g->end, end);
	atomic_store(&g->writable, writable);
	(void)atomic_fetch_add(&g->sequence, 1);
}

/* Under table_lock; NULL: no memory. */
static struct guard *slot_get(void)
{
	struct guard *g = free_slots;
	struct table *t;

	if (g) {
		free_slots = g->next_free;
		return g;
	}
	if (!last_table) {
		last_table = &first_table;
	} else if (last_table_used == TABLE_SLOTS) {
		t = calloc(1, sizeof(*t));
		if (!t)
			return NULL;
		atomic_store(&last_table->next, t);
		last_table = t;
		last_table_used = 0;
	}
	return &last_table->slots[last_table_used++];
}

int guard_add(const void *start, size_t size, bool writable, struct guard **ret)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)start;
	struct guard *g;

	(void)pthread_mutex_lock(&table_lock);
	g = slot_get();
	if (g) {
		atomic_store(&g->damaged, false);
		slot_set(g, from, (from + size + page - 1) & -page, writable);
	}
	(void)pthread_mutex_unlock(&table_lock);
	if (!g)
		return -ENOMEM;
	*ret = g;
	return 0;
}

void guard_remove(struct guard *g)
{
	if (!g)
		return;
	(void)pthread_mutex_lock(&table_lock);
	slot_set(g, 0, 0, false);
	g->next_free = free_slots;
	free_slots = g;
	(void)pthread_mutex_unlock(&table_lock);
}

bool guard_damaged(const struct guard *g)
{
	return g && atomic_load(&g->damaged);
}

static bool slot_covers(struct guard *g, uintptr_t address, uintptr_t *ret_end, bool *ret_writable)
{
	unsigned before = atomic_load(&g->sequence);
	uintptr_t start = atomic_load(&g->start);

	*ret_end = atomic_load(&g->end);
	*ret_writable = atomic_load(&g->writable);
	return !(before & 1) && before == atomic_load(&g->sequence) && start <= address && address < *ret_end;
}

static bool slot_repair(struct guard *g, uintptr_t address)
{
	uintptr_t end, page = address & page_mask;
	bool writable;
	void *zeros;

	if (!slot_covers(g, address, &end, &writable))
		return false;
	/* Marked first: whoever sees the zeros can also see the mark. */
	atomic_store(&g->damaged, true);
	zeros = mmap((void *)page, end - page, PROT_READ | (writable ? PROT_WRITE : 0),
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return zeros != MAP_FAILED;
}

static bool repair(uintptr_t address)
{
	struct table *t;
	unsigned i;

	for (t = &first_table; t; t = atomic_load(&t->next))
		for (i = 0; i < TABLE_SLOTS; i++)
			if (slot_repair(&t->slots[i], address))
				return true;
	return false;
}

static void on_sigbus(int signal, siginfo_t *info, void *context)
{
	bool fault = info->si_code > 0;
	int saved_errno = errno;

	(void)context;
	if (!fault || !repair((uintptr_t)info->si_addr)) {
		(void)sigaction(signal, &disposition_before, NULL);
		if (!fault)
			(void)raise(signal);
	}
	errno = saved_errno;
}

/* Who took the signal over since we were here is not lost: theirs is then the disposition from before. */
int content_guard_install(void)
{
	static pthread_mutex_t install_lock = PTHREAD_MUTEX_INITIALIZER;
	const struct sigaction ours = {
		.sa_sigaction = on_sigbus,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART,
	};
	struct sigaction present;
	int r = 0;

	(void)pthread_mutex_lock(&install_lock);
	page_mask = -(uintptr_t)sysconf(_SC_PAGESIZE);
	if (sigaction(SIGBUS, NULL, &present) < 0) {
		r = -errno;
	} else if (present.sa_sigaction != on_sigbus) {
		disposition_before = present;
		if (sigaction(SIGBUS, &ours, NULL) < 0)
			r = -errno;
	}
	(void)pthread_mutex_unlock(&install_lock);
	return r;
}

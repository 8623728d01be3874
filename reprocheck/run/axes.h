/* SPDX-License-Identifier: Apache-2.0 */
/*
 * axes.h: what can vary between two builds, one bit each.
 *
 * An axis is *pinned* in the control runs and *varied* in others.  Its row says
 * how both are applied to an action, how the probe verifies from inside that it
 * took effect, and when it cannot.  The order is that of reports.
 *
 * Two more bits stand beside the axes in an axis set: what differs with
 * everything pinned is *intrinsic*; what may come from an axis that could not be pinned
 * for this action's programs is *unattributable*.
 */
#ifndef REPROCHECK_RUN_AXES_H
#define REPROCHECK_RUN_AXES_H

#include <stddef.h>
#include <stdint.h>

enum axis {
	AXIS_TIME, AXIS_BUILD_PATH, AXIS_TMPDIR, AXIS_HOME, AXIS_HOST, AXIS_USER, AXIS_UMASK, AXIS_TIMEZONE,
	AXIS_LOCALE, AXIS_ENVIRONMENT, AXIS_PATH, AXIS_KERNEL, AXIS_CPUS, AXIS_JOBS, AXIS_ASLR, AXIS_PID,
	AXIS_READDIR, AXIS_MTIME, AXIS_ATIME, AXIS_HASH_SEED, AXIS_INODE, AXIS_TTY, AXIS_NETWORK,
	AXIS_COUNT
};
typedef uint32_t axis_set;
#define AXIS_BIT(a)            ((axis_set)1 << (a))
#define AXIS_ALL               (AXIS_BIT(AXIS_COUNT) - 1)
#define AXIS_SET_INTRINSIC      AXIS_BIT(AXIS_COUNT)
#define AXIS_SET_UNATTRIBUTABLE AXIS_BIT(AXIS_COUNT + 1)
#define AXIS_SET_NOISE          (AXIS_SET_INTRINSIC | AXIS_SET_UNATTRIBUTABLE)
#define AXIS_SET_SIZE          (AXIS_COUNT + 2)

const char *axis_id(unsigned bit);    /* "build-path"; "intrinsic", "unattributable" for the last two */
const char *axis_title(unsigned bit); /* "directory of the build" */
int axis_find(const char *id);        /* bit, or -1 */
/* "time, timezone" into out; "" for none. Returns out. */
const char *axis_set_text(axis_set s, char *out, size_t size);

#endif

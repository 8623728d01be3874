/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/gpu/targets.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEVICES_MAX 4096
#define SEPARATORS ",; \t\n"

void gpu_targets_release(struct gpu_targets *t)
{
	free(t->devices);
	*t = (struct gpu_targets)GPU_TARGETS_INIT;
}

static int add_device(struct gpu_targets *t, const struct gpu_device *d)
{
	uint32_t i, to;
	void *p;

	for (i = 0; i < t->count; i++)
		if (strcmp(t->devices[i].name, d->name) == 0)
			return 0;
	if (t->count == t->capacity) {
		to = t->capacity ? t->capacity * 2 : 8;
		p = to > DEVICES_MAX ? NULL : reallocarray(t->devices, to, sizeof(*t->devices));
		if (!p)
			return -ENOMEM;
		t->devices = p;
		t->capacity = to;
	}
	t->devices[t->count++] = *d;
	if (!d->ptx && d->cc)
		t->nvidia++;
	else if (!d->ptx)
		t->amd++;
	return 0;
}

static int add_nvidia(struct gpu_targets *t, unsigned cc, bool ptx, char variant)
{
	struct gpu_device d = { .cc = cc, .ptx = ptx, .variant = ptx ? variant : 0 };

	snprintf(d.name, sizeof(d.name), "%s_%u%.1s", ptx ? "compute" : "sm", cc, &d.variant);
	return add_device(t, &d);
}

/* sm_101 of CUDA 12 was renamed sm_110: it is no member of the family of 10.0. */
static unsigned family_of(unsigned cc)
{
	return cc == 101 ? 11 : cc / 10;
}

/* The members of a family that exist; a family we do not know has the one that was named. */
static int add_family(struct gpu_targets *t, unsigned cc)
{
	static const uint16_t members[] = { 100, 103, 107, 101, 110, 120, 121 };
	int r = add_nvidia(t, cc, false, 0);
	size_t i;

	for (i = 0; r >= 0 && i < sizeof(members) / sizeof(members[0]); i++)
		if (members[i] > cc && family_of(members[i]) == family_of(cc))
			r = add_nvidia(t, members[i], false, 0);
	return r;
}

/* A number of at most `most` digits; *s moves behind it. -1: none. */
static int parse_digits(const char **s, unsigned most)
{
	unsigned n = 0, value = 0;

	while (n < most && isdigit((unsigned char)(*s)[n]))
		value = value * 10 + (unsigned)((*s)[n++] - '0');
	*s += n;
	return n ? (int)value : -1;
}

/* "90", "9.0", "103", "12.1"; *end is what follows. 0: none. */
static unsigned parse_capability(const char *s, const char **end)
{
	int major = parse_digits(&s, 3), minor;

	if (major >= 0 && *s == '.') {
		s++;
		minor = parse_digits(&s, 1);
		major = minor < 0 ? -1 : major * 10 + minor;
	}
	*end = s;
	return major >= 10 && major < 1000 ? (unsigned)major : 0;
}

static int add_capability(struct gpu_targets *t, const char *word, bool ptx)
{
	const char *end = word;
	unsigned cc = parse_capability(word, &end);
	char variant = 0;
	int r;

	if (!cc)
		return -EINVAL;
	if (*end == 'a' || *end == 'f')
		variant = *end++;
	if (*end && (ptx || strcasecmp(end, "+PTX") != 0))
		return -EINVAL;
	r = !ptx && variant == 'f' ? add_family(t, cc) : add_nvidia(t, cc, ptx, variant);
	return r >= 0 && *end ? add_nvidia(t, cc, true, variant) : r;
}

static int add_amd(struct gpu_targets *t, const char *word)
{
	struct gpu_device d = { 0 };
	const char *p;

	for (p = word + 3; isalnum((unsigned char)*p) || (*p == '-' && isalnum((unsigned char)p[1]));)
		p++;
	if (p == word + 3 || (*p && *p != ':') || strlen(word) >= sizeof(d.name))
		return -EINVAL;
	snprintf(d.name, sizeof(d.name), "%s", word);
	return add_device(t, &d);
}

static int add_word(struct gpu_targets *t, const char *word, struct error *err)
{
	int r;

	if (strncmp(word, "sm_", 3) == 0)
		r = add_capability(t, word + 3, false);
	else if (strncmp(word, "compute_", 8) == 0)
		r = add_capability(t, word + 8, true);
	else if (strncmp(word, "gfx", 3) == 0)
		r = add_amd(t, word);
	else
		r = add_capability(t, word, false);
	if (r == -EINVAL)
		return error_set(err, r, NULL, "\"%s\" is no GPU target: sm_90, sm_90a, sm_100f, 9.0, compute_90 or gfx90a are",
				 word);
	return r < 0 ? error_set(err, r, NULL, "too many GPU targets") : 0;
}

int gpu_targets_add(struct gpu_targets *t, const char *words, struct error *err)
{
	AUTO_FREE char *copy = strdup(words);
	char *save = NULL, *word;
	int r = 0;

	if (!copy)
		return error_set(err, -ENOMEM, NULL, "out of memory");
	for (word = strtok_r(copy, SEPARATORS, &save); r >= 0 && word; word = strtok_r(NULL, SEPARATORS, &save))
		r = add_word(t, word, err);
	return r;
}

int gpu_targets_add_list(struct gpu_targets *t, const struct string_list *list, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < list->count; i++)
		r = gpu_targets_add(t, list->items[i], err);
	return r;
}

/* ---- what runs on what --------------------------------------------------------------------------------------- */

/* "gfx90a:sramecc+:xnack-": a feature that only one side names is no contradiction. */
static bool features_agree(const char *a, const char *b)
{
	const char *p, *q;
	size_t n;

	for (p = strchr(a, ':'); p; p = strchr(p + 1, ':')) {
		n = strcspn(p + 1, "+-:");
		for (q = strchr(b, ':'); q; q = strchr(q + 1, ':'))
			if (strncmp(p, q, n + 1) == 0 && strcspn(q + 1, "+-:") == n && p[n + 1] != q[n + 1])
				return false;
	}
	return true;
}

/* Code for no one processor (gfx9-generic, amdgcnspirv) is taken to run on all: its members are not ours to know. */
static bool amd_runs(const struct gpu_device *d, const char *target)
{
	size_t n = strcspn(d->name, ":");

	if (strncmp(target, "gfx", 3) != 0 || strstr(target, "generic"))
		return true;
	return strcspn(target, ":") == n && strncmp(d->name, target, n) == 0 && features_agree(d->name, target);
}

static bool fits_variant(const struct gpu_device *d, const struct gpu_entry *e)
{
	if (e->variant == 'a')
		return e->arch == d->cc;
	return e->variant != 'f' || (family_of(e->arch) == family_of(d->cc) && e->arch <= d->cc);
}

bool gpu_device_runs(const struct gpu_device *d, const struct gpu_entry *e)
{
	if (d->ptx || !d->cc != !e->arch)
		return false;
	if (!d->cc)
		return amd_runs(d, e->target);
	return e->arch <= d->cc && (e->arch / 10 == d->cc / 10 || family_of(e->arch) == family_of(d->cc)) && fits_variant(d, e);
}

bool gpu_device_compiles(const struct gpu_device *d, const struct gpu_entry *e)
{
	return d->cc && e->arch <= d->cc && fits_variant(d, e);
}

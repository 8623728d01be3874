/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/log/names.h"

#include "base/digest.h"

#include <errno.h>

#define NO_DIRECTORY UINT32_MAX
#define TEXT_MAX ((UINT32_C(1) << 24) - 1)

struct name {
	uint64_t offset; /* of the component in the texts */
	uint32_t length;
	uint32_t directory; /* its number, or NO_DIRECTORY: no '/' in the text */
};
_Static_assert(sizeof(struct name) == LOG_NAME_SIZE, "as the table is initialised");

void log_names_release(struct log_names *n)
{
	log_array_release(&n->names);
	log_array_release(&n->texts);
	free(n->slots);
	n->slots = NULL;
}

size_t log_names_count(const struct log_names *n)
{
	return n->names.count;
}

static uint64_t hash_part(uint32_t directory, const char *p, size_t size)
{
	return hash64(p, size, directory);
}

static const struct name *name_at(const struct log_names *n, uint32_t i)
{
	return LOG_AT(&n->names, const struct name, i);
}

static const char *text_of(const struct log_names *n, const struct name *name)
{
	return LOG_AT(&n->texts, const char, name->offset);
}

/* The slot of that component in that directory: the number, or 0 where it would go. */
static size_t find_slot(const struct log_names *n, uint32_t directory, const char *p, size_t size)
{
	size_t i = hash_part(directory, p, size) & (n->slot_count - 1);

	for (; n->slots[i]; i = (i + 1) & (n->slot_count - 1)) {
		const struct name *name = name_at(n, n->slots[i]);

		if (name->directory == directory && name->length == size && memcmp(text_of(n, name), p, size) == 0)
			break;
	}
	return i;
}

static int grow(struct log_names *n)
{
	size_t i, bigger = n->slot_count ? n->slot_count * 2 : 4096;
	uint32_t *old = n->slots;

	if (n->names.count * 10 < n->slot_count * 7)
		return 0;
	n->slots = calloc(bigger, sizeof(*n->slots));
	if (!n->slots) {
		n->slots = old;
		return -ENOMEM;
	}
	n->slot_count = bigger;
	free(old);
	if (n->names.count == 0) {
		struct name *empty = log_array_add(&n->names, 1);

		if (!empty)
			return -ENOMEM;
		empty->directory = NO_DIRECTORY;
		n->names.count = 1;
	}
	for (i = 1; i < n->names.count; i++) {
		const struct name *name = name_at(n, (uint32_t)i);

		n->slots[find_slot(n, name->directory, text_of(n, name), name->length)] = (uint32_t)i;
	}
	return 0;
}

static int add(struct log_names *n, uint32_t directory, const char *p, size_t size, uint32_t *ret)
{
	uint64_t offset = n->texts.count;
	struct name *name;
	size_t slot;
	char *text;
	int r = grow(n);

	if (r < 0)
		return r;
	slot = find_slot(n, directory, p, size);
	if (n->slots[slot]) {
		*ret = n->slots[slot];
		return 0;
	}
	if (n->names.count >= EXECLOG_HANDLE_MAX)
		return -EFBIG;
	text = log_array_add(&n->texts, size);
	name = text || size == 0 ? log_array_add(&n->names, 1) : NULL;
	if (!name)
		return -ENOMEM;
	if (size)
		memcpy(text, p, size);
	*name = (struct name){ offset, (uint32_t)size, directory };
	*ret = n->slots[slot] = (uint32_t)(n->names.count - 1);
	return 0;
}

/* Where the last component begins; 0: the text has no directory. */
static size_t component_of(struct log_text text)
{
	const char *slash = text.size ? memrchr(text.data, '/', text.size) : NULL;

	return slash ? (size_t)(slash - text.data) + 1 : 0;
}

int log_name(struct log_names *n, struct log_text text, uint32_t *ret)
{
	size_t at = component_of(text);
	uint32_t directory = NO_DIRECTORY;
	int r = 0;

	if (text.size > TEXT_MAX)
		return -EFBIG;
	if (text.size == 0) {
		*ret = 0;
		return grow(n);
	}
	if (at)
		r = add(n, NO_DIRECTORY, text.data, at, &directory);
	return r < 0 ? r : add(n, directory, text.data + at, text.size - at, ret);
}

uint32_t log_name_find(const struct log_names *n, struct log_text text)
{
	size_t at = component_of(text);
	uint32_t directory = NO_DIRECTORY;

	if (n->slot_count == 0 || text.size == 0)
		return 0;
	if (at) {
		directory = n->slots[find_slot(n, NO_DIRECTORY, text.data, at)];
		if (directory == 0)
			return 0;
	}
	return n->slots[find_slot(n, directory, text.data + at, text.size - at)];
}

struct log_text log_name_base(const struct log_names *n, uint32_t name)
{
	const struct name *p;

	if (name == 0 || name >= n->names.count)
		return (struct log_text){ "", 0 };
	p = name_at(n, name);
	return (struct log_text){ p->length ? text_of(n, p) : "", p->length };
}

const char *log_name_text(const struct log_names *n, uint32_t name, struct buffer *b)
{
	const struct name *p;

	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
	if (name == 0 || name >= n->names.count)
		return buffer_str(b);
	p = name_at(n, name);
	if (p->directory != NO_DIRECTORY) {
		const struct name *d = name_at(n, p->directory);

		(void)buffer_append(b, text_of(n, d), d->length);
	}
	(void)buffer_append(b, p->length ? text_of(n, p) : "", p->length);
	return buffer_str(b);
}

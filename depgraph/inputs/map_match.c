/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/inputs/map_match.h"

#include "base/path.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/* Of several sections of that name the one that is where the map has it. */
static const struct elf_file_section *section_like(const struct elf_file *f, const struct linkmap_output *o)
{
	const struct elf_file_section *found = NULL;
	uint32_t i;

	for (i = 1; i < f->section_count; i++) {
		const struct elf_file_section *x = &f->sections[i];

		if (!(x->flags & SHF_ALLOC) || strcmp(x->name, o->name) != 0)
			continue;
		if (!found || (x->addr == o->address && x->size == o->size))
			found = x;
	}
	return found;
}

int map_match(const struct linkmap *map, const struct elf_file *f, const char *path, struct error *err)
{
	const char *name = content_name(map->content);
	uint32_t i, same = 0;

	for (i = 0; i < map->output_count; i++) {
		const struct linkmap_output *o = &map->outputs[i];
		const struct elf_file_section *x = o->size ? section_like(f, o) : NULL;

		if (!x)
			continue;
		if (x->addr != o->address || x->size != o->size)
			return error_set(err, -EINVAL, name,
					 "is the map of another link: %s is %llu bytes at 0x%llx there, %llu at 0x%llx in %s",
					 o->name, (unsigned long long)o->size, (unsigned long long)o->address,
					 (unsigned long long)x->size, (unsigned long long)x->addr, path_base(path));
		same++;
	}
	return same ? 0 : error_set(err, -EINVAL, name, "is the map of another link: no section of %s is in it", path_base(path));
}

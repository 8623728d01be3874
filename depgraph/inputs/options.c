/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/inputs/options.h"

#include "depgraph/inputs/from_line.h"
#include "depgraph/inputs/map_match.h"

#include <errno.h>

static int add_list(struct inputs *in, const struct string_list *l, enum input_kind kind, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < l->count && r >= 0; i++)
		r = kind == INPUT_BUILD_GRAPH ? inputs_add(in, l->items[i], err) :
						inputs_add_as(in, kind, l->items[i], err);
	return r;
}

static int refuse_unknown(const struct inputs *in, struct error *err)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		if (in->items[i].kind == INPUT_OTHER)
			return error_set(err, -EBADMSG, in->items[i].path,
					 "is no linked file, object, static library, link map, build graph, profile or tree");
	return 0;
}

static int refuse_other_map(const struct inputs *in, struct error *err)
{
	const struct input *output = inputs_output(in);

	return in->map && output ? map_match(in->map, output->elf, output->path, err) : 0;
}

int input_options_open(const struct input_options *o, int argc, char **argv, struct inputs *in, struct error *err)
{
	int i, r = 0;

	in->directory = o->directory;
	in->link_line = o->link_line;
	for (i = 0; i < argc && r >= 0; i++)
		r = inputs_add(in, argv[i], err);
	r = r < 0 ? r : add_list(in, &o->maps, INPUT_MAP, err);
	r = r < 0 ? r : add_list(in, &o->build_graphs, INPUT_BUILD_GRAPH, err);
	r = r < 0 ? r : add_list(in, &o->profiles, INPUT_PROFILE, err);
	r = r < 0 ? r : add_list(in, &o->trees, INPUT_TREE, err);
	r = r < 0 ? r : inputs_from_line(in, err);
	if (r >= 0 && in->count == 0)
		return error_set(err, -EINVAL, "no input", "a map, an ELF file, objects or a tree is needed");
	r = r < 0 ? r : refuse_unknown(in, err);
	r = r < 0 ? r : refuse_other_map(in, err);
	return r < 0 ? r : inputs_resolve(in, err);
}

void input_options_release(struct input_options *o)
{
	string_list_release(&o->maps);
	string_list_release(&o->build_graphs);
	string_list_release(&o->profiles);
	string_list_release(&o->trees);
}

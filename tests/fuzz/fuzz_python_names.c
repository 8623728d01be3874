/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of Python trees. The first byte says which: RECORD, METADATA, entry_points.txt, .pth, a path, a requirement. */
#include "depgraph/python/names.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int see_path(void *ctx, const char *path)
{
	char out[256];

	(void)ctx;
	/* What is joined never leaves: no empty, dot or dot-dot component is left. */
	if (python_join("a/b", path, out, sizeof(out)) &&
	    (*out == '/' || strstr(out, "//") || !strncmp(out, "../", 3) || strstr(out, "/../") || strstr(out, "/./")))
		abort();
	return 0;
}

static int see_field(void *ctx, const char *key, const char *value)
{
	char out[64];

	(void)ctx;
	(void)key;
	(void)python_requirement_name(value, out, sizeof(out));
	return 0;
}

static int see_point(void *ctx, const struct python_entry_point *e)
{
	(void)ctx;
	if (!*e->group || !*e->module || strchr(e->module, ':'))
		abort();
	return 0;
}

static void see_name(const char *path)
{
	static const char *const list[] = { ".cpython-311-x86_64-linux-gnu.so", ".so" };
	const struct python_suffixes suffixes = { list, 2 };
	char stub[PYTHON_NAME_MAX], normal[32];
	struct python_name n;

	if (python_name_of(path, &suffixes, &n) && (!*n.name || strchr(n.name, '/') || strstr(n.name, "..") || *n.name == '.'))
		abort();
	(void)python_stub_name_of(path, stub);
	python_normalise(path, normal, sizeof(normal));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	bool code;

	if (!size)
		return 0;
	switch (data[0] % 5) {
	case 0:
		(void)python_record_parse(data + 1, size - 1, see_path, NULL);
		break;
	case 1:
		(void)python_metadata_parse(data + 1, size - 1, see_field, NULL);
		break;
	case 2:
		(void)python_entry_points_parse(data + 1, size - 1, see_point, NULL);
		break;
	case 3:
		(void)python_pth_parse(data + 1, size - 1, see_path, NULL, &code);
		break;
	default:
		text = strndup((const char *)data + 1, size - 1);
		if (text)
			see_name(text);
		free(text);
	}
	return 0;
}

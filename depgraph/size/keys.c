/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/size/size.h"

#include <errno.h>
#include <string.h>

static const char *const names[SIZE_KEYS] = {
	[SIZE_SECTION] = "section", [SIZE_SEGMENT] = "segment",     [SIZE_OBJECT] = "object",   [SIZE_ARCHIVE] = "archive",
	[SIZE_LIBRARY] = "library", [SIZE_SOURCE] = "source",       [SIZE_SYMBOL] = "symbol",   [SIZE_NAMESPACE] = "namespace",
	[SIZE_ARCH] = "arch",       [SIZE_KERNEL] = "kernel",       [SIZE_PACKAGE] = "package", [SIZE_FILE] = "file",
};

const char *size_key_name(enum size_key k)
{
	return k < SIZE_KEYS ? names[k] : "?";
}

static int find_key(const char *word, size_t n)
{
	int i;

	for (i = 0; i < SIZE_KEYS; i++)
		if (strlen(names[i]) == n && !memcmp(names[i], word, n))
			return i;
	return -EINVAL;
}

int size_keys_parse(const char *words, enum size_key ret[SIZE_DEPTH_MAX], unsigned *ret_depth, struct error *err)
{
	unsigned depth = 0, i;
	size_t n;
	int key;

	for (;; words += n + 1) {
		n = strcspn(words, ",");
		key = find_key(words, n);
		if (key < 0)
			return error_set(err, key, "--by", "\"%.*s\" is no key: section, segment, object, archive, library, source, "
					 "symbol, namespace, arch, kernel, package or file", (int)n, words);
		for (i = 0; i < depth; i++)
			if ((int)ret[i] == key)
				return error_set(err, -EINVAL, "--by", "\"%s\" is there twice", names[key]);
		if (depth == SIZE_DEPTH_MAX)
			return error_set(err, -EINVAL, "--by", "takes at most %d keys", SIZE_DEPTH_MAX);
		ret[depth++] = (enum size_key)key;
		if (!words[n])
			break;
	}
	*ret_depth = depth;
	return 0;
}

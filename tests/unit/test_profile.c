/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles of recorded runs: added to, merged, written, read, and refused. */
#include "depgraph/record/profile.h"

#include "base/cleanup.h"
#include "tests/unit/scratch.h"

#include <errno.h>

#define HEAD "{\"format\": \"carbolic-profile\", \"version\": 1, "

static struct profile_file make_file(const char *path, int content)
{
	struct profile_file f = { .path = path, .reads = 1, .runs = 1, .has_digest = content != 0, .size = 10 };

	memset(&f.digest, content, sizeof(f.digest));
	return f;
}

static struct profile *make_profile(const char *command)
{
	struct profile *p = NULL;

	assert_int_equal(profile_new(&p), 0);
	assert_int_equal(json_array_append_new(p->runs, json_pack("{s:s}", "command", command)), 0);
	return p;
}

static void add(struct profile *p, const char *path, int content)
{
	struct profile_file f = make_file(path, content);

	assert_int_equal(profile_add(p, &f), 0);
}

static void merging_adds_runs_and_counts(void **state)
{
	CLEANUP(profile_freep) struct profile *a = make_profile("one"), *b = make_profile("two");
	const struct profile_file *f;

	(void)state;
	add(a, "/same", 1);
	add(b, "/same", 1);
	add(a, "/changed", 1);
	add(b, "/changed", 2);
	add(b, "/other", 0);
	assert_int_equal(profile_merge(a, b), 0);
	assert_int_equal(profile_run_count(a), 2);
	assert_int_equal(a->count, 4);
	f = profile_find(a, "/same");
	assert_int_equal(f->reads, 2);
	assert_int_equal(f->runs, 2);
	assert_int_equal(profile_find(a, "/changed")->runs, 1);
	assert_null(profile_find(a, "/none"));
}

static void many_files_are_found_again(void **state)
{
	CLEANUP(profile_freep) struct profile *p = make_profile("many");
	char path[32];
	int i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		(void)snprintf(path, sizeof(path), "/f%d", i);
		add(p, path, 1);
	}
	for (i = 0; i < 5000; i++) {
		(void)snprintf(path, sizeof(path), "/f%d", i);
		assert_string_equal(profile_find(p, path)->path, path);
	}
}

static void what_is_written_is_read_back(void **state)
{
	CLEANUP(profile_freep) struct profile *p = make_profile("x"), *q = NULL;
	const char *path = scratch_path("p.json");
	char head[64] = "";
	FILE *f;

	(void)state;
	add(p, "/plain", 7);
	add(p, "/bytes\xff\xfe\n", 0);
	p->files[0].made = true;
	p->files[0].writes = 3;
	assert_int_equal(profile_write(p, path, NULL), 0);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(head, 1, sizeof(head) - 1, f) > 0);
	(void)fclose(f);
	assert_true(profile_probe(head, strlen(head)));
	assert_int_equal(profile_read(path, &q, NULL), 0);
	assert_int_equal(q->count, 2);
	assert_non_null(profile_find(q, "/bytes\xff\xfe\n"));
	assert_true(profile_find(q, "/plain")->made);
	assert_int_equal(profile_find(q, "/plain")->writes, 3);
	assert_memory_equal(&profile_find(q, "/plain")->digest, &p->files[0].digest, SHA256_SIZE);
}

static void what_is_damaged_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "[]", "{}", "{\"format\": \"x\"}", "{\"format\": \"carbolic-profile\", \"version\": 2, \"runs\": [], \"files\": []}",
		HEAD "\"runs\": 1, \"files\": []}", HEAD "\"runs\": [1], \"files\": []}", HEAD "\"runs\": []}",
		HEAD "\"runs\": [], \"files\": [1]}", HEAD "\"runs\": [], \"files\": [{\"path\": \"relative\"}]}",
		HEAD "\"runs\": [], \"files\": [{}]}", HEAD "\"runs\": [], \"files\": [{\"path\": \"/a\", \"reads\": -1}]}",
		HEAD "\"runs\": [], \"files\": [{\"path\": \"/a\", \"reads\": \"1\"}]}",
		HEAD "\"runs\": [], \"files\": [{\"path\": \"/a\", \"sha256\": \"00\"}]}",
		HEAD "\"runs\": [], \"files\": [{\"path\": \"/a\", \"sha256\": \"zz\"}]}",
		HEAD "\"runs\": [], \"files\": [{\"path_hex\": \"2f0061\"}]}", HEAD "\"runs\": [], \"files\": [{\"path_hex\": \"2f6\"}]}",
		HEAD "\"runs\": [], \"files\": []", "\xff",
	};
	struct error err;
	struct profile *p = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		err = (struct error){ 0 };
		if (profile_parse(texts[i], strlen(texts[i]), "p", &p, &err) != -EBADMSG)
			fail_msg("accepted: %s", texts[i]);
		assert_string_not_equal(err.message, "");
	}
	assert_null(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merging_adds_runs_and_counts), cmocka_unit_test(many_files_are_found_again),
		cmocka_unit_test_setup_teardown(what_is_written_is_read_back, scratch_setup, scratch_teardown),
		cmocka_unit_test(what_is_damaged_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Each format gives the same stream; what is malformed is refused with its offset. */
#include "reprocheck/log/store.h"
#include "tests/unit/messages.h"

#include <errno.h>
#include <zstd.h>

#define HASH_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define HASH_2 "2222222222222222222222222222222222222222222222222222222222222222"

struct fixture {
	struct log_names names;
	struct log_store store;
	struct error err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->names = (struct log_names)LOG_NAMES_INIT;
	f->store = (struct log_store)LOG_STORE_INIT(&f->names);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	log_store_release(&f->store);
	log_names_release(&f->names);
	free(f);
	return 0;
}

static int read_bytes(struct fixture *f, const void *p, size_t n)
{
	struct execlog_sink sink = log_store_sink(&f->store);

	return execlog_read_memory(p, n, "log", &sink, &f->store.info, &f->err);
}

static bool name_is(const struct fixture *f, uint32_t name, const char *text)
{
	struct buffer b = BUFFER_INIT(SIZE_MAX);
	bool same = strcmp(log_name_text(&f->names, name, &b), text) == 0;

	buffer_release(&b);
	return same;
}

/* ---- compact ------------------------------------------------------------------------------------------------- */

static void entry(struct bytes *log, uint64_t id, unsigned type, const struct bytes *body)
{
	struct bytes e = { .len = 0 };

	if (id)
		put_number(&e, 1, id);
	put_message(&e, type, body);
	put_frame(log, &e);
}

static void invocation(struct bytes *log)
{
	struct bytes b = { .len = 0 };

	put_text(&b, 1, "SHA-256");
	entry(log, 0, 2, &b);
}

static void file(struct bytes *log, uint64_t id, const char *path, const char *hash, uint64_t size)
{
	struct bytes b = { .len = 0 }, digest = { .len = 0 };

	put_text(&b, 1, path);
	if (hash) {
		put_text(&digest, 1, hash);
		put_number(&digest, 2, size);
		put_message(&b, 2, &digest);
	}
	entry(log, id, 3, &b);
}

/* Members and inner sets end with 0. */
static void set(struct bytes *log, uint64_t id, const uint64_t *members, const uint64_t *inner)
{
	struct bytes b = { .len = 0 };

	for (; *members; members++)
		put_number(&b, 5, *members);
	for (; *inner; inner++)
		put_number(&b, 4, *inner);
	entry(log, id, 6, &b);
}
#define IDS(...) ((const uint64_t[]){ __VA_ARGS__, 0 })
#define NO_IDS ((const uint64_t[]){ 0 })

static void spawn(struct bytes *log, uint64_t inputs, uint64_t output)
{
	struct bytes b = { .len = 0 }, env = { .len = 0 }, out = { .len = 0 };

	put_text(&b, 1, "cc");
	put_text(&b, 1, "-c");
	put_text(&env, 1, "PATH");
	put_text(&env, 2, "/bin");
	put_message(&b, 2, &env);
	if (inputs)
		put_number(&b, 4, inputs);
	put_number(&out, 5, output);
	put_message(&b, 6, &out);
	put_text(&b, 7, "//pkg:lib");
	put_text(&b, 8, "CppCompile");
	put_number(&b, 9, 3);
	put_text(&b, 11, "local");
	entry(log, 0, 7, &b);
}

static void small_log(struct bytes *log)
{
	invocation(log);
	file(log, 70, "pkg/a.c", HASH_1, 10);
	file(log, 5, "pkg/a.h", NULL, 0);
	set(log, 9, IDS(5), NO_IDS);
	set(log, 12, IDS(70), IDS(9));
	file(log, 3, "bazel-out/bin/pkg/a.o", HASH_2, 300);
	spawn(log, 12, 3);
}

static void check_small(const struct fixture *f)
{
	const struct log_known_action *a = log_action_at(&f->store, 0);
	const struct log_known_file *out;

	assert_int_equal(f->store.actions.count, 1);
	assert_true(name_is(f, a->target, "//pkg:lib"));
	assert_true(name_is(f, a->mnemonic, "CppCompile"));
	assert_true(name_is(f, a->key, "bazel-out/bin/pkg/a.o"));
	assert_int_equal(a->exit_code, 3);
	assert_int_equal(a->bytes, 300);
	assert_int_equal(a->output_count, 1);
	out = log_file_at(&f->store, log_output_at(&f->store, a, 0));
	assert_true(out->digest.word[0] == UINT64_C(0x2222222222222222));
	assert_string_equal(f->store.info.hash_function, "SHA-256");
}

static void reads_a_compact_log(void **state)
{
	struct fixture *f = *state;
	struct bytes log = { .len = 0 };
	const struct log_known_set *s;

	small_log(&log);
	assert_int_equal(read_bytes(f, log.data, log.len), 0);
	assert_int_equal(f->store.info.format, EXECLOG_COMPACT);
	check_small(f);
	s = log_set_at(&f->store, log_action_at(&f->store, 0)->inputs);
	assert_int_equal(s->count, 2);
	/* Sets come before members, as the order of the log has it. */
	assert_true(log_items_of(&f->store, s)[0] & EXECLOG_SET);
	assert_true(name_is(f, log_file_at(&f->store, log_items_of(&f->store, s)[1])->path, "pkg/a.c"));
}

static void reads_it_under_zstd_in_several_frames(void **state)
{
	struct fixture *f = *state;
	struct bytes log = { .len = 0 };
	uint8_t packed[4096];
	size_t first, second;

	small_log(&log);
	first = ZSTD_compress(packed, sizeof(packed), log.data, 100, 3);
	second = ZSTD_compress(packed + first, sizeof(packed) - first, log.data + 100, log.len - 100, 3);
	assert_int_equal(read_bytes(f, packed, first + second), 0);
	check_small(f);
}

/* Every prefix but those that end between two messages is refused, and none makes trouble. */
static void refuses_cut_logs(void **state)
{
	struct bytes log = { .len = 0 };
	uint8_t packed[4096];
	size_t size, n, whole = 0;

	small_log(&log);
	size = ZSTD_compress(packed, sizeof(packed), log.data, log.len, 3);
	for (n = 0; n < log.len; n++) {
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
		whole += read_bytes(*state, log.data, n) == 0;
	}
	assert_int_equal(whole, 6); /* after each entry but the last */
	for (n = 0; n < size; n++) {
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
		assert_true(read_bytes(*state, packed, n) < 0);
	}
}

static void expect_refusal(struct fixture *f, const struct bytes *log, const char *why)
{
	char text[600];

	assert_true(read_bytes(f, log->data, log->len) < 0);
	assert_true(f->err.has_offset);
	if (!strstr(error_text(&f->err, text, sizeof(text)), why))
		fail_msg("\"%s\" does not say \"%s\"", text, why);
}

static void refuses_a_set_of_itself(void **state)
{
	struct bytes log = { .len = 0 };

	invocation(&log);
	set(&log, 4, NO_IDS, IDS(4));
	expect_refusal(*state, &log, "refers to entry 4, which does not stand before it");
}

static void refuses_unknown_ids(void **state)
{
	struct bytes log = { .len = 0 };

	invocation(&log);
	spawn(&log, 0, 99);
	expect_refusal(*state, &log, "refers to entry 99");
}

static void refuses_ids_given_twice(void **state)
{
	struct bytes log = { .len = 0 };

	file(&log, 1, "a", HASH_1, 1);
	file(&log, 1, "b", HASH_2, 1);
	expect_refusal(*state, &log, "entry 1 was given before");
}

static void refuses_a_file_where_a_set_belongs(void **state)
{
	struct bytes log = { .len = 0 };

	file(&log, 1, "a", HASH_1, 1);
	set(&log, 2, NO_IDS, IDS(1));
	expect_refusal(*state, &log, "which is of another kind");
}

static void refuses_absurd_lengths(void **state)
{
	struct bytes log = { .len = 0 };

	invocation(&log);
	put_varint(&log, UINT64_C(1) << 40);
	put(&log, "x", 1);
	expect_refusal(*state, &log, "a message of 1099511627776 bytes");
}

static void equal_sets_are_kept_once(void **state)
{
	struct fixture *f = *state;
	struct bytes log = { .len = 0 };

	file(&log, 1, "a", HASH_1, 1);
	file(&log, 2, "a", HASH_1, 1); /* under another id */
	set(&log, 3, IDS(1), NO_IDS);
	set(&log, 4, IDS(2), NO_IDS);
	set(&log, 5, NO_IDS, IDS(4)); /* only one set: that set */
	spawn(&log, 3, 1);
	spawn(&log, 5, 1);
	assert_int_equal(read_bytes(f, log.data, log.len), 0);
	assert_int_equal(f->store.files.count, 2);
	assert_int_equal(log_action_at(&f->store, 0)->inputs, log_action_at(&f->store, 1)->inputs);
}

/* A runfiles tree differs when what is written in it differs, not when its ids do. */
static uint64_t runfiles_content(void **state, uint64_t first_id, const char *empty_file)
{
	struct bytes log = { .len = 0 }, tree = { .len = 0 };
	struct fixture *f;

	assert_int_equal(teardown(state), 0);
	assert_int_equal(setup(state), 0);
	f = *state;
	file(&log, first_id, "a", HASH_1, 1);
	set(&log, first_id + 1, IDS(first_id), NO_IDS);
	put_text(&tree, 1, "app.runfiles");
	put_number(&tree, 2, first_id + 1);
	put_text(&tree, 5, empty_file);
	entry(&log, first_id + 2, 10, &tree);
	set(&log, first_id + 3, IDS(first_id + 2), NO_IDS);
	spawn(&log, first_id + 3, first_id);
	assert_int_equal(read_bytes(f, log.data, log.len), 0);
	return log_set_at(&f->store, log_action_at(&f->store, 0)->inputs)->content.word[0];
}

static void runfiles_are_compared_by_what_they_hold(void **state)
{
	uint64_t content = runfiles_content(state, 1, "__init__.py");

	assert_true(runfiles_content(state, 500, "__init__.py") == content);
	assert_true(runfiles_content(state, 1, "other.py") != content);
}

static void a_directory_differs_when_a_member_does(void **state)
{
	const struct log_file one = { .path = { "x", 1 }, .hash = { HASH_1, 64 }, .size = 1 };
	const struct log_file two = { .path = { "x", 1 }, .hash = { HASH_2, 64 }, .size = 1 };
	struct log_file a = { .kind = LOG_DIRECTORY, .path = { "d", 1 }, .members = &one, .member_count = 1 }, b = a;

	(void)state;
	assert_true(log_digest_equal(log_digest_of(&a), log_digest_of(&b)));
	b.members = &two;
	assert_false(log_digest_equal(log_digest_of(&a), log_digest_of(&b)));
}

/* ---- flat formats -------------------------------------------------------------------------------------------- */

static void binary_file(struct bytes *b, unsigned field, const char *path, const char *hash, uint64_t size)
{
	struct bytes f = { .len = 0 }, digest = { .len = 0 };

	put_text(&f, 1, path);
	if (hash) {
		put_text(&digest, 1, hash);
		put_number(&digest, 2, size);
		put_text(&digest, 3, "SHA-256");
		put_message(&f, 2, &digest);
	}
	put_message(b, field, &f);
}

static void reads_a_binary_log(void **state)
{
	struct bytes log = { .len = 0 }, b = { .len = 0 };

	put_text(&b, 1, "cc");
	binary_file(&b, 4, "pkg/a.c", HASH_1, 10);
	put_text(&b, 5, "bazel-out/bin/pkg/a.d");
	put_text(&b, 5, "bazel-out/bin/pkg/a.o");
	put_text(&b, 10, "CppCompile");
	binary_file(&b, 11, "bazel-out/bin/pkg/a.o", HASH_2, 300);
	put_number(&b, 15, 3);
	put_text(&b, 18, "//pkg:lib");
	put_frame(&log, &b);
	assert_int_equal(read_bytes(*state, log.data, log.len), 0);
	{
		const struct fixture *f = *state;
		const struct log_known_action *a = log_action_at(&f->store, 0);

		assert_int_equal(f->store.info.format, EXECLOG_BINARY);
		assert_true(name_is(f, a->target, "//pkg:lib"));
		assert_int_equal(a->exit_code, 3);
		/* The declared output that is not there counts as one that was not made. */
		assert_int_equal(a->output_count, 2);
		assert_int_equal(log_file_at(&f->store, log_output_at(&f->store, a, 1))->kind, LOG_MISSING);
	}
}

static const char json_log[] =
	"{\"commandArgs\":[\"cc\",\"-c\"],\"environmentVariables\":[{\"name\":\"PATH\",\"value\":\"/bin\"}],"
	"\"inputs\":[{\"path\":\"pkg/a.c\",\"digest\":{\"hash\":\"" HASH_1 "\",\"sizeBytes\":\"10\","
	"\"hashFunctionName\":\"SHA-256\"}}],\"mnemonic\":\"CppCompile\",\"targetLabel\":\"//pkg:lib\","
	"\"listedOutputs\":[\"bazel-out/bin/pkg/a.o\"],\"actualOutputs\":[{\"path\":\"bazel-out/bin/pkg/a.o\","
	"\"digest\":{\"hash\":\"" HASH_2 "\",\"sizeBytes\":\"300\",\"hashFunctionName\":\"SHA-256\"}}],"
	"\"exitCode\":3,\"status\":\"a } in a \\\" string {\"}";

static void reads_a_json_log(void **state)
{
	struct fixture *f = *state;
	struct bytes log = { .len = 0 };

	put(&log, json_log, strlen(json_log));
	put(&log, json_log, strlen(json_log)); /* nothing between */
	put(&log, "\n", 1);
	put(&log, json_log, strlen(json_log));
	assert_int_equal(read_bytes(f, log.data, log.len), 0);
	assert_int_equal(f->store.info.format, EXECLOG_JSON);
	assert_int_equal(f->store.actions.count, 3);
	f->store.actions.count = 1;
	check_small(f);
}

static void a_json_log_that_is_cut_is_refused(void **state)
{
	struct bytes log = { .len = 0 };

	put(&log, json_log, strlen(json_log));
	put(&log, json_log, strlen(json_log) - 20);
	expect_refusal(*state, &log, "the object that begins here does not end");
}

static void text_between_objects_is_refused(void **state)
{
	struct bytes log = { .len = 0 };

	put(&log, json_log, strlen(json_log));
	put(&log, "ERROR", 5);
	expect_refusal(*state, &log, "no JSON object begins here");
}

static void other_json_is_refused(void **state)
{
	struct bytes log = { .len = 0 };

	put(&log, "{\"name\": 1}", 11);
	expect_refusal(*state, &log, "of no execution log that is known here");
}

static void what_is_no_log_is_refused(void **state)
{
	struct bytes log = { .len = 0 };

	put(&log, "hello, world, this is a text of some length\n", 44);
	assert_true(read_bytes(*state, log.data, log.len) < 0);
}

static void an_empty_file_is_refused(void **state)
{
	assert_int_equal(read_bytes(*state, "", 0), -EINVAL);
}

static void reads_what_buck2_ran(void **state)
{
	static const char log[] =
		"{\"reason\":\"build\",\"identity\":\"root//a:b (cfg#1) (cxx_compile m.cpp)\",\"reproducer\":"
		"{\"executor\":\"Local\",\"details\":{\"command\":[\"cc\"],\"env\":{\"X\":\"1\"}}},\"duration\":\"1\"}\n"
		"{\"reason\":\"build\",\"identity\":\"root//a:b (cfg#1) (cxx_link)\",\"reproducer\":"
		"{\"executor\":\"Cache\",\"details\":{\"digest\":\"ab:1\"}}}\n";
	struct fixture *f = *state;

	assert_int_equal(read_bytes(f, log, strlen(log)), 0);
	assert_int_equal(f->store.info.format, EXECLOG_WHAT_RAN);
	assert_int_equal(f->store.actions.count, 2);
	assert_true(name_is(f, log_action_at(&f->store, 0)->target, "root//a:b"));
	assert_true(name_is(f, log_action_at(&f->store, 0)->mnemonic, "cxx_compile"));
	assert_true(log_action_at(&f->store, 1)->cache_hit);
	assert_true(log_action_at(&f->store, 1)->digest != 0);
	assert_false(f->store.info.outputs_known);
}

static void reads_buck2_events(void **state)
{
	static const char log[] =
		"{\"command_line_args\":[\"buck2\",\"build\"],\"working_dir\":\"/x\"}\n"
		"{\"Event\":{\"timestamp\":[1,2],\"span_id\":1,\"data\":{\"SpanStart\":{\"data\":{}}}}}\n"
		"{\"Event\":{\"span_id\":2,\"data\":{\"SpanEnd\":{\"data\":{\"ActionExecution\":{\"key\":{\"id\":\"0\","
		"\"owner\":{\"TargetLabel\":{\"label\":{\"package\":\"root//a\",\"name\":\"b\"},\"configuration\":"
		"{\"full_name\":\"cfg#1\"}}},\"key\":\"k\"},\"name\":{\"category\":\"cxx_compile\",\"identifier\":\"m.cpp\"},"
		"\"failed\":false,\"outputs\":[{\"tiny_digest\":\"abc\"}],\"commands\":[{\"details\":"
		"{\"signed_exit_code\":0,\"command_kind\":{\"command\":{\"LocalCommand\":{\"argv\":[\"cc\"],"
		"\"env\":[{\"key\":\"X\",\"value\":\"1\"}],\"action_digest\":\"d:1\"}}}}}]}}}}}}\n"
		"{\"Result\":{}}\n";
	struct fixture *f = *state;
	const struct log_known_action *a;

	assert_int_equal(read_bytes(f, log, strlen(log)), 0);
	assert_int_equal(f->store.info.format, EXECLOG_BUCK2_EVENTS);
	assert_int_equal(f->store.actions.count, 1);
	a = log_action_at(&f->store, 0);
	assert_true(name_is(f, a->target, "root//a:b"));
	assert_true(name_is(f, a->key, "root//a:b (cfg#1) (cxx_compile m.cpp)"));
	assert_int_equal(a->output_count, 1);
	assert_true(a->digest != 0);
	assert_true(name_is(f, a->runner, "LocalCommand"));
}

static void names_are_numbered_once(void **state)
{
	struct fixture *f = *state;
	uint32_t a, b, c, again;

	assert_int_equal(log_name(&f->names, log_text_of("x/y/a.o"), &a), 0);
	assert_int_equal(log_name(&f->names, log_text_of("x/y/b.o"), &b), 0);
	assert_int_equal(log_name(&f->names, log_text_of("a.o"), &c), 0);
	assert_int_equal(log_name(&f->names, log_text_of("x/y/a.o"), &again), 0);
	assert_int_equal(a, again);
	assert_true(a != b && a != c);
	assert_true(name_is(f, a, "x/y/a.o"));
	assert_int_equal(log_name_find(&f->names, log_text_of("x/y/b.o")), b);
	assert_int_equal(log_name_find(&f->names, log_text_of("x/z/b.o")), 0);
	assert_int_equal(log_name(&f->names, log_text_of(""), &again), 0);
	assert_int_equal(again, 0);
	assert_int_equal(log_name(&f->names, log_text_of("dir/"), &again), 0);
	assert_true(name_is(f, again, "dir/"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_compact_log),
		TEST(reads_it_under_zstd_in_several_frames),
		TEST(refuses_cut_logs),
		TEST(refuses_a_set_of_itself),
		TEST(refuses_unknown_ids),
		TEST(refuses_ids_given_twice),
		TEST(refuses_a_file_where_a_set_belongs),
		TEST(refuses_absurd_lengths),
		TEST(equal_sets_are_kept_once),
		TEST(runfiles_are_compared_by_what_they_hold),
		TEST(a_directory_differs_when_a_member_does),
		TEST(reads_a_binary_log),
		TEST(reads_a_json_log),
		TEST(a_json_log_that_is_cut_is_refused),
		TEST(text_between_objects_is_refused),
		TEST(other_json_is_refused),
		TEST(what_is_no_log_is_refused),
		TEST(an_empty_file_is_refused),
		TEST(reads_what_buck2_ran),
		TEST(reads_buck2_events),
		TEST(names_are_numbered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

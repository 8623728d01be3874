/* SPDX-License-Identifier: Apache-2.0 */
/* Outcomes, and what follows from what, on graphs of a few actions. */
#include "reprocheck/log/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* One side's log, made through the door: action by action. */
struct side {
	struct log_store store;
	struct execlog_sink sink;
};

struct fixture {
	struct log_names names;
	struct side a, b;
	struct log_comparison c;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct execlog_info known = { .inputs_known = true, .outputs_known = true };

	if (!f)
		return -1;
	f->names = (struct log_names)LOG_NAMES_INIT;
	f->a.store = (struct log_store)LOG_STORE_INIT(&f->names);
	f->b.store = (struct log_store)LOG_STORE_INIT(&f->names);
	f->a.store.info = f->b.store.info = known;
	f->a.sink = log_store_sink(&f->a.store);
	f->b.sink = log_store_sink(&f->b.store);
	f->c = (struct log_comparison)LOG_COMPARISON_INIT;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	log_comparison_release(&f->c);
	log_store_release(&f->a.store);
	log_store_release(&f->b.store);
	log_names_release(&f->names);
	free(f);
	return 0;
}

static uint32_t give_file(struct side *s, const char *path, const char *content)
{
	const struct log_file f = { .path = log_text_of(path), .hash = log_text_of(content), .size = 100 };
	uint32_t handle = 0;

	assert_int_equal(s->sink.file(s->sink.ctx, &f, &handle), 0);
	return handle;
}

/* Files are "path=content" in a list that ends with NULL. */
static size_t give_files(struct side *s, const char *const *files, uint32_t *handles)
{
	size_t n = 0;

	for (; *files; files++) {
		char path[64];
		const char *eq = strchr(*files, '=');

		(void)snprintf(path, sizeof(path), "%.*s", (int)(eq - *files), *files);
		handles[n++] = give_file(s, path, eq + 1);
	}
	return n;
}

static void act(struct side *s, const char *arg, const char *const *inputs, const char *output)
{
	const struct log_text args[] = { log_text_of("cc"), log_text_of(arg) };
	struct log_action a = { .target = log_text_of("//t"), .mnemonic = log_text_of("M"), .args = args, .arg_count = 2 };
	uint32_t files[16], out;
	size_t n = give_files(s, inputs, files);

	if (n)
		assert_int_equal(s->sink.set(s->sink.ctx, files, n, &a.inputs), 0);
	assert_int_equal(give_files(s, (const char *const[]){ output, NULL }, &out), 1);
	a.outputs = &out;
	a.output_count = 1;
	assert_int_equal(s->sink.action(s->sink.ctx, &a), 0);
}
#define FILES(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NONE ((const char *const[]){ NULL })

static void compare(struct fixture *f)
{
	const struct log_compare_options o = { 0 };

	assert_int_equal(log_compare(&f->a.store, &f->b.store, &o, &f->c), 0);
}

static const struct log_match *match(const struct fixture *f, size_t i)
{
	assert_true(i < f->c.matches.count);
	return LOG_AT(&f->c.matches, const struct log_match, i);
}

static const struct log_root *root(const struct fixture *f, size_t i)
{
	assert_true(i < f->c.roots.count);
	return LOG_AT(&f->c.roots, const struct log_root, i);
}

static void the_same_is_the_same(void **state)
{
	struct fixture *f = *state;

	act(&f->a, "x", FILES("in=1"), "out=1");
	act(&f->b, "x", FILES("in=1"), "out=1");
	compare(f);
	assert_int_equal(f->c.counts[LOG_SAME], 1);
	assert_int_equal(f->c.roots.count, 0);
}

static void a_divergent_action_leads_and_its_readers_inherit(void **state)
{
	struct fixture *f = *state;
	struct side *sides[] = { &f->a, &f->b };
	int i;

	for (i = 0; i < 2; i++) {
		act(sides[i], "obj", FILES("in=1"), i ? "o=2" : "o=1");
		act(sides[i], "lib", FILES(i ? "o=2" : "o=1"), i ? "l=2" : "l=1");
		act(sides[i], "app", FILES(i ? "l=2" : "l=1", "in=1"), i ? "app=2" : "app=1");
		act(sides[i], "doc", FILES("in=1"), "doc=1");
	}
	compare(f);
	assert_int_equal(match(f, 0)->outcome, LOG_DIVERGENT);
	assert_int_equal(match(f, 0)->reasons, LOG_OUTPUTS);
	assert_int_equal(match(f, 1)->outcome, LOG_INHERITS);
	assert_int_equal(match(f, 2)->outcome, LOG_INHERITS);
	assert_int_equal(match(f, 3)->outcome, LOG_SAME);
	assert_int_equal(f->c.roots.count, 1);
	assert_int_equal(root(f, 0)->actions, 2);
	assert_int_equal(root(f, 0)->bytes, 200);
	assert_int_equal(root(f, 0)->exclusive, 2);
}

/* Two roots over one link, one of them over two more: 1 reads only a, 2 reads both. */
static void roots_are_ranked_and_shared_readers_count_for_each(void **state)
{
	struct fixture *f = *state;
	struct side *sides[] = { &f->a, &f->b };
	int i;

	for (i = 0; i < 2; i++) {
		const char *b = i ? "b=2" : "b=1", *a = i ? "a=2" : "a=1";

		act(sides[i], "b", NONE, b);
		act(sides[i], "a", NONE, a);
		act(sides[i], "1", FILES(a), i ? "1=2" : "1=1");
		act(sides[i], "2", FILES(a, b), i ? "2=2" : "2=1");
	}
	compare(f);
	assert_int_equal(f->c.roots.count, 2);
	assert_int_equal(root(f, 0)->match, 1);
	assert_int_equal(root(f, 0)->actions, 2);
	assert_int_equal(root(f, 0)->exclusive, 1);
	assert_int_equal(root(f, 1)->match, 0);
	assert_int_equal(root(f, 1)->actions, 1);
	assert_int_equal(root(f, 1)->exclusive, 0);
}

static void where_outputs_are_the_same_the_difference_ends(void **state)
{
	struct fixture *f = *state;
	struct side *sides[] = { &f->a, &f->b };
	int i;

	for (i = 0; i < 2; i++) {
		act(sides[i], "gen", NONE, i ? "g=2" : "g=1");
		act(sides[i], "count", FILES(i ? "g=2" : "g=1"), "n=1");
		act(sides[i], "use", FILES("n=1"), "u=1");
	}
	compare(f);
	assert_int_equal(match(f, 1)->outcome, LOG_ABSORBED);
	assert_int_equal(match(f, 2)->outcome, LOG_SAME);
	assert_int_equal(root(f, 0)->actions, 1);
}

static void a_changed_source_changes_its_readers(void **state)
{
	struct fixture *f = *state;

	act(&f->a, "x", FILES("s=1", "bazel-out/v=1"), "o=1");
	act(&f->a, "y", FILES("bazel-out/v=1"), "p=1");
	act(&f->b, "x", FILES("s=2", "bazel-out/v=2"), "o=2");
	act(&f->b, "y", FILES("bazel-out/v=2"), "p=2");
	compare(f);
	assert_int_equal(match(f, 0)->outcome, LOG_CHANGED);
	assert_int_equal(match(f, 0)->reasons, LOG_SOURCES | LOG_UNLOGGED | LOG_OUTPUTS);
	assert_int_equal(match(f, 1)->reasons, LOG_UNLOGGED | LOG_OUTPUTS);
	assert_int_equal(f->c.sources.count, 2);
	assert_int_equal(LOG_AT(&f->c.sources, struct log_source, 0)->actions, 2);
	assert_true(LOG_AT(&f->c.sources, struct log_source, 0)->unlogged);
	assert_int_equal(LOG_AT(&f->c.sources, struct log_source, 1)->actions, 1);
}

static void other_arguments_are_a_change(void **state)
{
	struct fixture *f = *state;

	act(&f->a, "-O1", NONE, "o=1");
	act(&f->b, "-O2", NONE, "o=2");
	compare(f);
	assert_int_equal(match(f, 0)->outcome, LOG_CHANGED);
	assert_int_equal(match(f, 0)->reasons, LOG_ARGS | LOG_OUTPUTS);
}

/* Both builds have the file; only one of the actions reads it. */
static void an_input_more_is_a_change(void **state)
{
	struct fixture *f = *state;

	act(&f->a, "x", FILES("s=1"), "o=1");
	act(&f->a, "y", FILES("t=1"), "p=1");
	act(&f->b, "x", FILES("s=1", "t=1"), "o=2");
	act(&f->b, "y", FILES("t=1"), "p=1");
	compare(f);
	assert_int_equal(match(f, 0)->outcome, LOG_CHANGED);
	assert_int_equal(match(f, 0)->reasons, LOG_INPUT_LIST | LOG_OUTPUTS);
}

static void another_order_of_inputs_is_none(void **state)
{
	struct fixture *f = *state;

	act(&f->a, "x", FILES("s=1", "t=1"), "o=1");
	act(&f->b, "x", FILES("t=1", "s=1"), "o=2");
	compare(f);
	assert_int_equal(match(f, 0)->outcome, LOG_DIVERGENT);
}

static void actions_are_paired_by_output_whatever_the_order(void **state)
{
	struct fixture *f = *state;

	act(&f->a, "1", NONE, "o1=1");
	act(&f->a, "2", NONE, "o2=1");
	act(&f->a, "3", NONE, "o3=1");
	act(&f->b, "2", NONE, "o2=1");
	act(&f->b, "4", NONE, "o4=1");
	act(&f->b, "1", NONE, "o1=1");
	act(&f->b, "5", NONE, "o5=1");
	compare(f);
	assert_int_equal(f->c.counts[LOG_SAME], 2);
	assert_int_equal(f->c.counts[LOG_ONLY_A], 1);
	assert_int_equal(f->c.counts[LOG_ONLY_B], 2);
}

static void moved_outputs_are_paired_by_their_last_component(void **state)
{
	struct fixture *f = *state;

	act(&f->a, "x", NONE, "bazel-out/k8-ST-1/bin/a.o=1");
	act(&f->a, "x", NONE, "bazel-out/k8-ST-1/bin/b.o=1");
	act(&f->b, "x", NONE, "bazel-out/k8-ST-2/bin/b.o=1");
	act(&f->b, "x", NONE, "bazel-out/k8-ST-2/bin/a.o=1");
	compare(f);
	assert_int_equal(f->c.matches.count, 2);
	assert_int_equal(match(f, 0)->b, 1);
	assert_int_equal(match(f, 0)->outcome, LOG_DIVERGENT);
	assert_int_equal(match(f, 0)->reasons, LOG_OUTPUT_LIST);
}

static void a_link_passes_a_difference_on(void **state)
{
	struct fixture *f = *state;
	struct side *sides[] = { &f->a, &f->b };
	int i;

	for (i = 0; i < 2; i++) {
		const struct log_action link = { .link_from = log_text_of("g"), .link_to = log_text_of("l") };

		act(sides[i], "gen", NONE, i ? "g=2" : "g=1");
		assert_int_equal(sides[i]->sink.action(sides[i]->sink.ctx, &link), 0);
		act(sides[i], "use", FILES(i ? "l=2" : "l=1"), i ? "u=2" : "u=1");
	}
	compare(f);
	assert_int_equal(f->c.matches.count, 2);
	assert_int_equal(match(f, 1)->outcome, LOG_INHERITS);
	assert_int_equal(root(f, 0)->actions, 1);
}

static void actions_that_read_each_other_end(void **state)
{
	struct fixture *f = *state;
	struct side *sides[] = { &f->a, &f->b };
	int i;

	for (i = 0; i < 2; i++) {
		act(sides[i], "1", FILES(i ? "y=2" : "y=1"), i ? "x=2" : "x=1");
		act(sides[i], i ? "2b" : "2a", FILES(i ? "x=2" : "x=1"), i ? "y=2" : "y=1");
	}
	compare(f);
	assert_true(f->c.cyclic);
	assert_int_equal(f->c.roots.count, 1);
}

static void without_inputs_the_digest_of_the_action_decides(void **state)
{
	struct fixture *f = *state;
	struct side *sides[] = { &f->a, &f->b };
	int i, k;

	f->a.store.info.inputs_known = f->b.store.info.inputs_known = false;
	for (i = 0; i < 2; i++) {
		for (k = 0; k < 2; k++) {
			struct log_action a = { .identity = log_text_of(k ? "second" : "first"),
						.digest = log_text_of(k && i ? "d2" : "d1"), .output_count = 1 };
			uint32_t out = give_file(sides[i], k ? "second 1" : "first 1", i ? "x" : "y");

			a.outputs = &out;
			assert_int_equal(sides[i]->sink.action(sides[i]->sink.ctx, &a), 0);
		}
	}
	compare(f);
	assert_int_equal(match(f, 0)->outcome, LOG_DIVERGENT);
	assert_int_equal(match(f, 1)->outcome, LOG_CHANGED);
	assert_int_equal(match(f, 1)->reasons, LOG_ACTION_DIGEST | LOG_OUTPUTS);
}

static void only_what_was_asked_for_counts(void **state)
{
	static const char *const targets[] = { "//u/..." };
	const struct log_compare_options o = { .targets = targets, .target_count = 1 };
	struct fixture *f = *state;

	act(&f->a, "1", NONE, "o1=1");
	act(&f->b, "1", NONE, "o1=2");
	assert_int_equal(log_compare(&f->a.store, &f->b.store, &o, &f->c), 0);
	assert_int_equal(f->c.counts[LOG_DIVERGENT], 0);
	assert_int_equal(f->c.roots.count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_is_the_same),
		TEST(a_divergent_action_leads_and_its_readers_inherit),
		TEST(roots_are_ranked_and_shared_readers_count_for_each),
		TEST(where_outputs_are_the_same_the_difference_ends),
		TEST(a_changed_source_changes_its_readers),
		TEST(other_arguments_are_a_change),
		TEST(an_input_more_is_a_change),
		TEST(another_order_of_inputs_is_none),
		TEST(actions_are_paired_by_output_whatever_the_order),
		TEST(moved_outputs_are_paired_by_their_last_component),
		TEST(a_link_passes_a_difference_on),
		TEST(actions_that_read_each_other_end),
		TEST(without_inputs_the_digest_of_the_action_decides),
		TEST(only_what_was_asked_for_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of suggestions: no byte twice, what removes before what shrinks, and totals by level. */
#include "depgraph/prune/suggestion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct suggestion *claiming(struct suggestions *l, enum suggestion_kind k, enum evidence_level e, const char *subject,
				   uint64_t off, uint64_t len, uint64_t bytes)
{
	struct suggestion *s = suggestions_add(l, k, e, subject);

	suggestion_claim(l, s, suggestions_space(l, "app"), off, len, bytes, bytes);
	return s;
}

static void overlapping_bytes_are_counted_once(void **state)
{
	struct suggestions l = SUGGESTIONS_INIT;
	struct suggestion *all = claiming(&l, SUGGEST_DEAD_SECTIONS, EVIDENCE_PROVED, "all", 100, 100, 100);
	struct suggestion *part = claiming(&l, SUGGEST_UNUSED_OBJECT, EVIDENCE_PROVED, "part", 150, 80, 80);

	(void)state;
	assert_int_equal(suggestions_total(&l), 0);
	assert_int_equal(l.bytes_if_all, 130);
	assert_int_equal(all->bytes, 100);
	assert_int_equal(all->additional, 100);
	assert_int_equal(part->bytes, 80);
	assert_int_equal(part->additional, 30);
	assert_ptr_equal(l.items[0], all);
	suggestions_release(&l);
}

static void spaces_are_apart(void **state)
{
	struct suggestions l = SUGGESTIONS_INIT;
	struct suggestion *s = suggestions_add(&l, SUGGEST_DEAD_SECTIONS, EVIDENCE_PROVED, "x");

	(void)state;
	suggestion_claim(&l, s, suggestions_space(&l, "app"), 0, 10, 10, 0);
	suggestion_claim(&l, s, suggestions_space(&l, "app#memory"), 0, 10, 0, 10);
	assert_int_equal(suggestions_total(&l), 0);
	assert_int_equal(l.bytes_if_all, 10);
	assert_int_equal(l.loaded_if_all, 10);
	suggestions_release(&l);
}

/* Compressing what is removed anyway saves nothing; half of it removed, half is saved. */
static void removing_goes_before_shrinking(void **state)
{
	struct suggestions l = SUGGESTIONS_INIT;
	struct suggestion *shrink = claiming(&l, SUGGEST_GPU_COMPRESS, EVIDENCE_PROVED, "c", 0, 1000, 600);
	struct suggestion *drop = claiming(&l, SUGGEST_GPU_ARCHITECTURE, EVIDENCE_HEURISTIC, "d", 0, 500, 500);

	(void)state;
	assert_int_equal(suggestions_total(&l), 0);
	assert_int_equal(drop->additional, 500);
	assert_int_equal(shrink->bytes, 600);
	assert_int_equal(shrink->additional, 300);
	assert_int_equal(l.bytes_if_all, 800);
	/* The sum of the proved ones alone is that of the compression alone. */
	assert_int_equal(l.bytes_by_level[EVIDENCE_PROVED], 600);
	assert_int_equal(l.bytes_by_level[EVIDENCE_HEURISTIC], 800);
	suggestions_release(&l);
}

static void what_is_left_out_is_counted(void **state)
{
	struct suggestions l = SUGGESTIONS_INIT;

	(void)state;
	claiming(&l, SUGGEST_DEAD_CODE, EVIDENCE_HEURISTIC, "guess", 0, 100, 100);
	claiming(&l, SUGGEST_DEAD_SECTIONS, EVIDENCE_PROVED, "small", 100, 5, 5);
	claiming(&l, SUGGEST_DEAD_SECTIONS, EVIDENCE_PROVED, "large", 200, 50, 50);
	suggestions_filter(&l, EVIDENCE_OBSERVED, 10);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.filtered, 2);
	assert_string_equal(l.items[0]->subject, "large");
	suggestions_release(&l);
}

static void ids_depend_on_the_subject_alone(void **state)
{
	struct suggestions l = SUGGESTIONS_INIT, m = SUGGESTIONS_INIT;

	(void)state;
	claiming(&l, SUGGEST_UNUSED_ARCHIVE, EVIDENCE_PROVED, "-lz", 0, 5, 5);
	claiming(&m, SUGGEST_UNUSED_ARCHIVE, EVIDENCE_PROVED, "-lm", 0, 5, 5);
	claiming(&m, SUGGEST_UNUSED_ARCHIVE, EVIDENCE_HEURISTIC, "-lz", 70, 500, 500);
	assert_int_equal(suggestions_total(&l), 0);
	assert_int_equal(suggestions_total(&m), 0);
	assert_string_equal(l.items[0]->id, m.items[0]->id);
	assert_string_not_equal(m.items[0]->id, m.items[1]->id);
	assert_memory_equal(l.items[0]->id, "unused-archive-", 15);
	suggestions_release(&l);
	suggestions_release(&m);
}

/* Against marking bytes one by one, on random claims that remove. */
static void the_plain_count_agrees(void **state)
{
	unsigned round, i, seed = 1;

	(void)state;
	for (round = 0; round < 200; round++) {
		struct suggestions l = SUGGESTIONS_INIT;
		uint8_t taken[300] = { 0 };
		uint64_t sum = 0, added = 0;

		for (i = 0; i < 12; i++) {
			unsigned off, len;

			seed = seed * 1103515245 + 12345;
			off = seed >> 16 & 0xff;
			seed = seed * 1103515245 + 12345;
			len = 1 + (seed >> 16 & 0x1f);
			(void)claiming(&l, SUGGEST_DEAD_SECTIONS, EVIDENCE_PROVED, (char[]){ (char)('a' + i), 0 }, off, len, len);
			memset(taken + off, 1, len);
		}
		for (i = 0; i < sizeof(taken); i++)
			sum += taken[i];
		assert_int_equal(suggestions_total(&l), 0);
		assert_int_equal(l.bytes_if_all, sum);
		for (i = 0; i < l.count; i++)
			added += l.items[i]->additional;
		assert_int_equal(added, sum);
		suggestions_release(&l);
	}
}

static void an_impossible_claim_is_refused(void **state)
{
	struct suggestions l = SUGGESTIONS_INIT;
	struct suggestion *s = claiming(&l, SUGGEST_DEAD_SECTIONS, EVIDENCE_PROVED, "x", UINT64_MAX - 4, 100, 100);

	(void)state;
	suggestion_claim(&l, s, 0, 7, 0, 50, 50);
	assert_int_equal(s->claim_count, 0);
	assert_int_equal(suggestions_total(&l), 0);
	assert_int_equal(l.bytes_if_all, 0);
	suggestions_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlapping_bytes_are_counted_once),
		cmocka_unit_test(spaces_are_apart),
		cmocka_unit_test(removing_goes_before_shrinking),
		cmocka_unit_test(what_is_left_out_is_counted),
		cmocka_unit_test(ids_depend_on_the_subject_alone),
		cmocka_unit_test(the_plain_count_agrees),
		cmocka_unit_test(an_impossible_claim_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* What can be asked for in words, and what of a session fits it. */
#include "model/filter.h"
#include "model/sift.h"

#include "source/source.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct filter parsed(const char *text)
{
	char error[160] = "";
	struct filter f;

	if (filter_parse(&f, text, error, sizeof(error)))
		fail_msg("%s: %s", text, error);
	return f;
}

static void refused(const char *text, const char *because)
{
	char error[160] = "";
	struct filter f;

	assert_int_equal(filter_parse(&f, text, error, sizeof(error)), -EINVAL);
	if (!strstr(error, because))
		fail_msg("%s: %s", text, error);
}

static void test_terms(void **state)
{
	struct filter f = parsed("  state:lock,cond dur>1ms\tthread:worker* -lock:\"a b\" word ");

	(void)state;
	assert_int_equal(f.n, 5);
	assert_int_equal(f.states, 1u << STATE_LOCK | 1u << STATE_COND);
	assert_true(f.spans);
	assert_int_equal(f.least, NSEC_PER_MSEC + 1);
	assert_string_equal(f.terms[2].pattern, "worker*");
	assert_true(f.terms[3].negated);
	assert_string_equal(f.terms[3].pattern, "a b");
	assert_int_equal(f.terms[4].key, FILTER_WORD);
	assert_int_equal(parsed("").n, 0);
	assert_int_equal(parsed(" \n\t ").n, 0);
	assert_false(parsed("word").spans);
	assert_string_equal(parsed("- \"\" a").terms[1].pattern, "a");
}

static void test_durations(void **state)
{
	(void)state;
	assert_int_equal(parsed("dur>=2us").least, 2000);
	assert_int_equal(parsed("dur<2us").most, 1999);
	assert_int_equal(parsed("dur<=2us").most, 2000);
	assert_int_equal(parsed("-dur>2us").most, 2000);
	assert_int_equal(parsed("-dur<2us").least, 2000);
	assert_int_equal(parsed("dur>1us dur>3us dur<1ms").least, 3001);
	assert_int_equal(parsed("-state:lock").states & 1u << STATE_LOCK, 0);
	assert_true(parsed("state:waits").states & 1u << STATE_JOIN);
	assert_true(parsed("state:holds").states == FILTER_HOLDS);
}

static void test_what_makes_no_sense_is_told(void **state)
{
	char many[200] = "", longer[400];

	(void)state;
	refused("state:dreaming", "no state \"dreaming\"");
	refused("dur>soon", "dur> wants a time");
	refused("dur>=", "behind \"dur>=\"");
	refused("lock:", "behind \"lock:\"");
	for (int i = 0; i < 17; i++)
		strcat(many, "a ");
	refused(many, "16 terms");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	refused(longer, "too long");
}

static void test_names(void **state)
{
	(void)state;
	assert_true(filter_fits("work", "My-Worker-1"));
	assert_false(filter_fits("work*", "My-Worker-1"));
	assert_true(filter_fits("*work*", "My-Worker-1"));
	assert_true(filter_fits("w*-?", "worker-1"));
	assert_false(filter_fits("w*-?", "worker-12"));
	assert_true(filter_fits("x,y,ker", "worker-1"));
	assert_false(filter_fits(",", "worker-1"));
	assert_false(filter_fits("", "worker-1"));
	assert_true(filter_fits("*", ""));
	assert_true(filter_fits("*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
	assert_false(filter_fits("*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

/* Whatever is typed: it ends, it stays within its bounds, and a second reading is the same. */
static void test_any_text(void **state)
{
	static const char letters[] = "ab:-<>=,*?\" \tdur1ms thread:state:lock\n\x80\xff";
	u64 seed = 88172645463325252ull;

	(void)state;
	for (int run = 0; run < 20000; run++) {
		char text[80], error[100] = "", name[8];
		struct filter a, b;
		size_t n;

		for (n = 0; n < sizeof(text) - 1; n++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			text[n] = letters[seed % sizeof(letters)];
			if (!text[n])
				break;
			name[n % 7] = text[n];
		}
		text[n] = 0;
		name[MIN(n, (size_t)7)] = 0;
		if (filter_parse(&a, text, error, sizeof(error))) {
			assert_true(error[0]);
			continue;
		}
		assert_true(a.n <= FILTER_TERMS_MAX);
		assert_int_equal(filter_parse(&b, a.text, error, sizeof(error)), 0);
		assert_int_equal(a.n, b.n);
		for (size_t i = 0; i < a.n; i++)
			filter_fits(a.terms[i].pattern, name);
	}
}

static struct model *dinner(void)
{
	struct order *order = order_new();
	FILE *in = fopen(TL_TESTS "/screens/philosophers.txt", "r");
	const struct event *events;
	struct session_info info;
	struct model *m;
	char error[256];
	size_t n;

	assert_non_null(in);
	assert_int_equal(synth_parse(in, order, error, sizeof(error)), 0);
	fclose(in);
	session_info_init(&info);
	info.locks = LOCKS_ALL;
	m = model_new(&info);
	n = order_release(order, ~0ull, &events);
	model_feed(m, events, n);
	order_free(order);
	return m;
}

static u32 thread_named(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->threads.n; i++)
		if (!strcmp(m->threads.v[i]->name, name))
			return m->threads.v[i]->id;
	fail_msg("no thread %s", name);
	return 0;
}

/* "p k h" of the philosophers shown, then locks by letter, then the count of spans. */
static const char *shown(const struct model *m, const char *text)
{
	static char out[64];
	struct filter f = parsed(text);
	struct sift s = {0};
	size_t n = 0;

	sift_make(&s, &f, m, 0);
	for (size_t i = 0; i < m->threads.n; i++)
		if (sift_thread(&s, m->threads.v[i]->id) && strlen(m->threads.v[i]->name) < 6)
			out[n++] = m->threads.v[i]->name[0];
	for (size_t i = 0; i < m->locks.n; i++)
		if (sift_lock(&s, m->locks.v[i]->id))
			out[n++] = (char)m->locks.v[i]->letter;
	snprintf(out + n, sizeof(out) - n, " %u", (unsigned)s.spans);
	sift_free(&s);
	return out;
}

static void test_what_fits_of_a_session(void **state)
{
	struct model *m = dinner();

	(void)state;
	assert_string_equal(shown(m, ""), "pkhCAB 0");
	assert_string_equal(shown(m, "thread:plato"), "pCA 0");
	assert_string_equal(shown(m, "plato"), "pCA 0");
	assert_string_equal(shown(m, "-thread:plato state:lock"), "khCB 2");
	assert_string_equal(shown(m, "state:lock"), "pkhCAB 3");
	assert_string_equal(shown(m, "state:lock dur>35ms"), "pkAB 2");
	assert_string_equal(shown(m, "state:lock dur>1s"), " 0");
	assert_string_equal(shown(m, "lock:fork-1"), "pkA 2");
	assert_string_equal(shown(m, "lock:A"), "pkA 2");
	assert_string_equal(shown(m, "lock:fork-1 state:lock"), "pA 1");
	assert_string_equal(shown(m, "lock:fork-1 state:holds"), "kA 1");
	assert_string_equal(shown(m, "process:10 thread:12,13 state:lock"), "khCB 2");
	assert_string_equal(shown(m, "process:1 state:lock"), " 0");
	model_free(m);
}

static void test_hits_go_round(void **state)
{
	struct model *m = dinner();
	struct filter f = parsed("state:lock");
	struct sift s = {0};
	struct hit at = {.kind = HIT_SPAN, .at = m->start};
	struct hits hits;
	static const char *const order[] = {"plato", "kant", "hume", "plato"};

	(void)state;
	sift_make(&s, &f, m, 0);
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		sift_hits(&s, m, &at, &hits);
		assert_int_equal(hits.count, 3);
		assert_int_equal(hits.rank, i);
		assert_int_equal(hits.after.thread, thread_named(m, order[i]));
		at = hits.after;
	}
	sift_hits(&s, m, &at, &hits);
	assert_int_equal(hits.before.thread, thread_named(m, "hume"));
	f = parsed("fork-1");
	sift_make(&s, &f, m, 0);
	sift_hits(&s, m, &(struct hit){0}, &hits);
	assert_int_equal(hits.count, 1);
	assert_int_equal(hits.after.kind, HIT_LOCK);
	sift_free(&s);
	model_free(m);
}

static bool event_fits(struct model *m, const char *words, struct sift_event ev)
{
	struct filter f = parsed(words);
	struct sift s = {0};
	bool fits;

	sift_make(&s, &f, m, 0);
	fits = sift_event(&s, &ev);
	sift_free(&s);
	return fits;
}

static void test_single_events(void **state)
{
	struct model *m = dinner();
	u32 plato = thread_named(m, "plato"), kant = thread_named(m, "kant");
	struct sift_event woken = {.kind = "waking", .threads = {plato, kant}};
	struct sift_event want = {.kind = "lock-wait", .threads = {plato}, .lock = 2};
	struct sift_event odd = {.kind = NULL};
	struct filter f;
	struct sift s = {0};

	(void)state;
	assert_true(event_fits(m, "event:waking", woken));
	assert_true(event_fits(m, "event:wak*,switch", woken));
	assert_false(event_fits(m, "event:waking", want));
	assert_false(event_fits(m, "-event:waking", woken));
	assert_true(event_fits(m, "-event:waking", want));
	assert_false(event_fits(m, "event:waking", odd));
	assert_true(event_fits(m, "thread:kant", woken)); /* either of the two */
	assert_false(event_fits(m, "thread:kant", want));
	assert_false(event_fits(m, "-thread:kant", woken));
	assert_false(event_fits(m, "thread:kant", odd));
	assert_true(event_fits(m, "lock:fork-1 event:lock", want));
	assert_false(event_fits(m, "lock:fork-0", want));
	assert_true(event_fits(m, "dur>1ms", woken)); /* says nothing of an event */
	f = parsed("event:waking");                   /* nor do events of lanes */
	sift_make(&s, &f, m, 0);
	for (u32 i = 1; i <= m->threads.n; i++)
		assert_true(sift_thread(&s, i));
	sift_free(&s);
	model_free(m);
}

/* Where not all could be looked at nothing is hidden for that. */
static void test_what_was_not_looked_at_is_shown(void **state)
{
	struct model *m = dinner();
	struct filter f = parsed("state:lock thread:plato,hume");
	struct sift s = {0};

	(void)state;
	sift_make(&s, &f, m, 1);
	assert_true(s.more);
	assert_true(sift_thread(&s, thread_named(m, "plato")));
	assert_true(sift_thread(&s, thread_named(m, "hume")));
	assert_false(sift_thread(&s, thread_named(m, "kant")));
	assert_true(sift_lock(&s, 1));
	sift_free(&s);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_what_makes_no_sense_is_told),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_any_text),
		cmocka_unit_test(test_what_fits_of_a_session),
		cmocka_unit_test(test_hits_go_round),
		cmocka_unit_test(test_single_events),
		cmocka_unit_test(test_what_was_not_looked_at_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

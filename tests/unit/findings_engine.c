/* SPDX-License-Identifier: MIT */
/* What holds for findings of every kind: told once, in order, in words that are safe to print. */
#include "findings_script.h"

#define TWO                                                                             \
	"1ms t10 task 10 running \"main\"\n+0 cpu0 switch 10\n"                         \
	"+0 t10 lock-init A mutex \"A\"\n+0 t10 lock-init B mutex \"B\"\n"              \
	"+1us t10 fork 11/10 \"anna\"\n+1us t10 fork 12/10 \"bert\"\n10ms t11 lock A\n" \
	"+1us t12 lock B\n+1us t11 want B\n+1us t12 want A\n"

struct seen {
	size_t most;
	const struct finding *first;
	char *text;
};

static void look(struct script *s)
{
	struct seen *seen = s->ctx;

	seen->most = MAX(seen->most, findings_count(s->findings));
	if (!findings_count(s->findings))
		return;
	if (!seen->first)
		seen->first = findings_get(s->findings, 0);
	assert_ptr_equal(seen->first, findings_get(s->findings, 0));
}

static void told_once_however_often_looked_at(void **state)
{
	struct seen seen = {0};
	struct script s;

	(void)state;
	script_info(&s);
	s.look = look;
	s.ctx = &seen;
	script_text(&s, (char[]){TWO "20s mark \"the end\"\n"});
	assert_int_equal(seen.most, 1);
	assert_int_equal(seen.first->count, 1);
	assert_int_equal(seen.first->ended_ns, 0);
	for (int i = 0; i < 3; i++)
		findings_update(s.findings, s.model, true);
	assert_int_equal(findings_count(s.findings), 1);
	script_close(&s);
}

/* What lasts is found without listening too. */
static void found_by_looking_alone(void **state)
{
	struct script s;

	(void)state;
	script_info(&s);
	s.model = model_new(&s.info);
	s.findings = findings_new();
	script_text(&s, (char[]){TWO "1s t11 lock-fail B etimedout\n+1us t11 unlock A\n"
				     "+1us t12 lock A contended\n2s mark \"the end\"\n"});
	assert_int_equal(findings_count(s.findings), 1);
	assert_string_equal(findings_get(s.findings, 0)->ops->kind, "deadlock");
	assert_true(findings_get(s.findings, 0)->ended_ns != 0);
	script_close(&s);
}

static void names_are_only_names(void **state)
{
	const struct finding *f;
	struct script s;

	(void)state;
	script_info(&s);
	script_text(
		&s, (char[]){"1ms t10 task 10 running \"%s%n\\x1b[31m\"\n+0 t10 lock-init A mutex "
			     "\"100 %d\"\n5ms t10 lock A\n+1us t10 want A\n1s mark \"the end\"\n"});
	f = script_finding(&s, "self-deadlock");
	assert_non_null(f);
	assert_non_null(strstr(f->text, "%s%n"));
	assert_non_null(strstr(f->text, "100 %d"));
	assert_null(strchr(f->text, '\x1b'));
	script_close(&s);
}

static char *ring_of(int threads)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fputs("1ms t10 task 10 running \"main\"\n", f);
	for (int i = 0; i < threads; i++)
		fprintf(f, "+1us t10 fork %d/10 \"t%d\"\n+1us t10 lock-init L%d mutex \"l%d\"\n",
			100 + i, i, i, i);
	for (int i = 0; i < threads; i++)
		fprintf(f, "+1us t%d lock L%d\n", 100 + i, i);
	for (int i = 0; i < threads; i++)
		fprintf(f, "+1us t%d want L%d\n", 100 + i, (i + 1) % threads);
	fputs("1s mark \"the end\"\n", f);
	fclose(f);
	return text;
}

static void a_large_ring_is_named_whole_but_said_short(void **state)
{
	char *text = ring_of(2000);
	const struct finding *f;
	struct script s;

	(void)state;
	script_info(&s);
	script_text(&s, text);
	assert_int_equal(findings_count(s.findings), 1);
	f = findings_get(s.findings, 0);
	assert_int_equal(f->threads.n, 2000);
	assert_int_equal(f->locks.n, 2000);
	for (size_t i = 0; i < 2000; i++) /* in order: each waits for the next one's lock */
		assert_int_equal(
			model_lock(s.model, f->locks.v[i])->holder, f->threads.v[(i + 1) % 2000]);
	assert_true(strlen(f->text) < 1000);
	assert_non_null(strstr(f->text, "1988 more threads"));
	script_close(&s);
	free(text);
}

/* Many locks of one structure, taken in pairs: the search for orders stays bounded. */
static void many_orders_are_looked_through(void **state)
{
	char *text;
	size_t len;
	FILE *in = open_memstream(&text, &len);
	struct script s;

	(void)state;
	fputs("1ms t10 task 10 running \"main\"\n+1us t10 fork 11/10 \"a\"\n", in);
	for (int i = 0; i < 3000; i++)
		fprintf(in,
			"+1us t1%d lock L%d mutex\n+1us t1%d lock L%d mutex\n+1us t1%d unlock L%d "
			"mutex\n"
			"+1us t1%d unlock L%d mutex\n",
			i & 1, i * 7 % 1000, i & 1, 1000 + i * 13 % 1000, i & 1,
			1000 + i * 13 % 1000, i & 1, i * 7 % 1000);
	fputs("+1us t10 lock L1001 mutex\n+1us t10 lock L2 mutex\n+1us t10 unlock L2 mutex\n+1us "
	      "t10 unlock L1001 mutex\n"
	      "+1us t11 lock L2 mutex\n+1us t11 lock L1001 mutex\n",
		in);
	fclose(in);
	script_info(&s);
	script_text(&s, text);
	assert_int_equal(findings_count(s.findings), 1);
	assert_string_equal(findings_get(s.findings, 0)->ops->kind, "lock-order-inversion");
	script_close(&s);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_once_however_often_looked_at),
		cmocka_unit_test(found_by_looking_alone),
		cmocka_unit_test(names_are_only_names),
		cmocka_unit_test(a_large_ring_is_named_whole_but_said_short),
		cmocka_unit_test(many_orders_are_looked_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

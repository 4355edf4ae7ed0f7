/* SPDX-License-Identifier: MIT */
/* The narration: what it tells, how little of what comes often, and when. */
#include "export/report.h"
#include "findings_script.h"

#include <sys/stat.h>
#include <unistd.h>

struct told {
	struct script script;
	struct plain *plain;
	FILE *out;
	char *text;
	size_t len;
};

static void tell_findings(struct script *s)
{
	plain_findings(((struct told *)s->ctx)->plain, s->findings);
}

static void told_open(struct told *t, FILE *out)
{
	script_info(&t->script);
	script_open(&t->script);
	t->script.ctx = t;
	t->script.look = tell_findings;
	t->out = out ? out : open_memstream(&t->text, &t->len);
	t->plain = plain_new(t->script.model, t->out);
}

static void told_close(struct told *t)
{
	plain_free(t->plain);
	fclose(t->out);
	script_close(&t->script);
	free(t->text);
}

static void told_end(struct told *t)
{
	plain_free(t->plain);
	t->plain = NULL;
	fflush(t->out);
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

#define HEAD                                                                             \
	"1ms t10 task 10 running \"main\"\n+0 cpu0 switch 10\n+0 t10 lock-init A mutex " \
	"\"m\"\n+1us t10 fork 11/10 \"plato\"\n+1us t10 fork 12/10 \"kant\"\n"

static void a_wait_is_told(void **state)
{
	struct told t = {0};

	(void)state;
	told_open(&t, NULL);
	script_text(&t.script, HEAD "106ms t11 lock A mutex\n+1us t12 want A mutex\n"
				    "118ms t11 unlock A mutex\n+1us t12 lock A mutex contended\n");
	told_end(&t);
	assert_non_null(strstr(t.text, "[ 0.105 s] kant waits for m, held by plato\n"));
	assert_non_null(strstr(t.text, "[ 0.117 s] kant gets m after 12.0 ms, from plato\n"));
	told_close(&t);
}

/* A loop of many locks nobody waits for is silent. */
static void what_does_not_wait_is_not_told(void **state)
{
	struct told t = {0};
	char *text;
	size_t len, before;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	fputs(HEAD, f);
	for (int i = 0; i < 100000; i++)
		fputs("+1us t11 lock A mutex\n+1us t11 unlock A mutex\n", f);
	fclose(f);
	told_open(&t, NULL);
	script_text(&t.script, (char[]){HEAD});
	fflush(t.out);
	before = lines(t.text);
	told_close(&t);
	t = (struct told){0};
	told_open(&t, NULL);
	script_text(&t.script, text);
	told_end(&t);
	assert_int_equal(lines(t.text), before);
	told_close(&t);
	free(text);
}

static void what_comes_often_is_counted(void **state)
{
	struct told t = {0};
	char *text;
	size_t len;
	u64 more = 0, waits = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	fputs(HEAD, f);
	for (int i = 0; i < 5000; i++)
		fputs("+100us t11 lock A mutex\n+100us t12 want A mutex\n+100us t11 unlock A "
		      "mutex\n"
		      "+1us t12 lock A mutex contended\n+99us t12 unlock A mutex\n",
			f);
	fclose(f);
	told_open(&t, NULL);
	script_text(&t.script, text);
	told_end(&t);
	for (char *at = t.text; (at = strstr(at, "... ")); at++) {
		unsigned high = 0, low = 0;

		if (!strstr(at, "more waits for m") ||
			strchr(at, '\n') < strstr(at, "more waits for m"))
			continue;
		if (sscanf(at, "... %u,%u", &high, &low) == 1)
			low = high, high = 0;
		more += high * 1000 + low;
	}
	for (char *at = t.text; (at = strstr(at, "kant waits for m")); at++)
		waits++;
	assert_int_equal(more + waits, 5000); /* none is forgotten */
	assert_true(lines(t.text) < 60);      /* in two seconds */
	told_close(&t);
	free(text);
}

static void many_things_at_once_are_bounded_too(void **state)
{
	struct told t = {0};
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	fputs(HEAD, f);
	for (int i = 0; i < 5000; i++)
		fprintf(f, "+1us t10 fork %d/10 \"w\"\n", 100 + i);
	fclose(f);
	told_open(&t, NULL);
	script_text(&t.script, text);
	told_end(&t);
	assert_true(lines(t.text) < 150);
	assert_non_null(strstr(t.text, "more lines left out"));
	told_close(&t);
	free(text);
}

static void findings_are_told_once_and_when_over(void **state)
{
	struct told t = {0};
	size_t n = 0;

	(void)state;
	told_open(&t, NULL);
	script_file(&t.script, "finding-deadlock.txt");
	told_end(&t);
	for (char *at = t.text; (at = strstr(at, "*** ERROR deadlock: ")); at++)
		n++;
	assert_int_equal(n, 1);
	told_close(&t);
}

/* Each line is out as soon as it is told, whoever reads at the other end. */
static void lines_do_not_wait(void **state)
{
	struct told t = {0};
	FILE *out = tmpfile();
	struct stat st;

	(void)state;
	assert_non_null(out);
	told_open(&t, out);
	script_text(&t.script, (char[]){HEAD});
	assert_int_equal(fstat(fileno(out), &st), 0);
	assert_true(st.st_size > 0);
	told_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_is_told),
		cmocka_unit_test(what_does_not_wait_is_not_told),
		cmocka_unit_test(what_comes_often_is_counted),
		cmocka_unit_test(many_things_at_once_are_bounded_too),
		cmocka_unit_test(findings_are_told_once_and_when_over),
		cmocka_unit_test(lines_do_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

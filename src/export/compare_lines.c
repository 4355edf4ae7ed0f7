/* SPDX-License-Identifier: MIT */
/* A comparison in a few lines: what is wrong, how long it took, what was waited for and done. */
#include "core/fmt.h"
#include "core/lang.h"
#include "export/compare.h"
#include "export/report_facts.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define NEGLIGIBLE                                                                    \
	1000 /* ns: durations below this on both sides are not worth a line of detail \
	      */

struct lines {
	struct compare_line *v;
	size_t n, max;
};

/* A figure of one side; < 0: not seen. */
typedef double (*figure_fn)(const struct model *m);

static void value_text(char *buf, size_t size, double value, enum compare_unit unit)
{
	char text[32];

	if (value < 0)
		snprintf(buf, size, "%s", tr("not seen"));
	else if (value == 0)
		snprintf(buf, size, "%s", tr("none"));
	else if (unit == UNIT_NS)
		snprintf(buf, size, "%s", fmt_duration(text, sizeof(text), (u64)value));
	else if (value == floor(value))
		snprintf(buf, size, "%s", fmt_grouped(text, sizeof(text), (u64)value));
	else
		snprintf(buf, size, "%.1f", value);
}

__attribute__((format(printf, 2, 3))) static struct compare_line *line_add(
	struct lines *l, const char *fmt, ...)
{
	static struct compare_line spare; /* more than there is room for */
	struct compare_line *line = l->n < l->max ? &l->v[l->n++] : &spare;
	va_list ap;

	*line = (struct compare_line){0};
	va_start(ap, fmt);
	vsnprintf(line->what, sizeof(line->what), fmt, ap);
	va_end(ap);
	return line;
}

/* bad: the more of it the worse */
static void line_values(
	struct compare_line *line, double a, double b, enum compare_unit unit, bool bad)
{
	value_text(line->a, sizeof(line->a), a, unit);
	value_text(line->b, sizeof(line->b), b, unit);
	if (a < 0 || b < 0)
		return;
	compare_change(line->change, sizeof(line->change), a, b);
	line->better = bad && b < a;
	line->worse = bad && b > a;
}

static void findings_lines(struct lines *l, const struct comparison *c, enum severity severity)
{
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < findings_count(c->findings[side]); i++) {
			const char *kind = findings_get(c->findings[side], i)->ops->kind;
			double a = (double)compare_findings(c, 0, kind);
			double b = (double)compare_findings(c, 1, kind);
			struct compare_line *line;
			size_t k = 0;

			if (findings_get(c->findings[side], i)->ops->severity != severity)
				continue;
			while (k < l->n && strcmp(l->v[k].what, kind))
				k++;
			if (k < l->n) /* told already */
				continue;
			line = line_add(l, "%s", trc_table("finding", kind));
			line_values(line, a, b, UNIT_COUNT, severity != SEVERITY_INFO);
			if (a == 0 || b == 0)
				snprintf(line->change, sizeof(line->change), "%s",
					a == 0 ? tr("new") : tr("gone"));
		}
}

static double all_wait(const struct model *m)
{
	double sum = 0;

	for (size_t i = 0; i < m->locks.n; i++)
		if (lock_has_owner(m->locks.v[i]))
			sum += (double)m->locks.v[i]->wait.total;
	return model_sight(m).locks ? sum : -1;
}

static double all_contended(const struct model *m)
{
	double sum = 0;

	for (size_t i = 0; i < m->locks.n; i++)
		if (lock_has_owner(m->locks.v[i]))
			sum += (double)m->locks.v[i]->contended;
	return model_sight(m).locks ? sum : -1;
}

static double longest_wait(const struct model *m)
{
	u64 max = 0;

	for (size_t i = 0; i < m->locks.n; i++) {
		if (!lock_has_owner(m->locks.v[i]))
			continue;
		if (!hist_max_known(&m->locks.v[i]->wait) &&
			(m->locks.v[i]->wait.total || m->locks.v[i]->wait.at_least))
			return -1;
		max = MAX(max, m->locks.v[i]->wait.max);
	}
	return model_sight(m).locks ? (double)max : -1;
}

static double all_in(const struct model *m, enum state state)
{
	double sum = 0;

	for (size_t i = 0; i < m->threads.n; i++) {
		u64 ns[STATE_COUNT];

		if (!thread_shown(m, m->threads.v[i]))
			continue;
		thread_times(m, m->threads.v[i], ns);
		sum += (double)ns[state];
	}
	return sum;
}

static double all_running(const struct model *m)
{
	return model_sight(m).switches ? all_in(m, STATE_RUNNING) : -1;
}

static double all_ready(const struct model *m)
{
	return model_sight(m).ready ? all_in(m, STATE_RUNNABLE) : -1;
}

static double duration(const struct model *m)
{
	return (double)model_duration(m);
}

/* Not cut short: by us, by a signal, by the end of a recording. */
static bool ran_whole(const struct model *m)
{
	return m->info.exit_code >= 0;
}

static void all_lines(struct lines *l, const struct comparison *c)
{
	bool whole = ran_whole(c->model[0]) && ran_whole(c->model[1]);
	static const struct {
		const char *what;
		figure_fn figure;
		enum compare_unit unit;
		bool bad;
	} table[] = {
		{N_("watched for"), duration, UNIT_NS, false},
		{N_("waits for locks, in all"), all_wait, UNIT_NS, true},
		{N_("longest wait for a lock"), longest_wait, UNIT_NS, true},
		{N_("locks found taken, times"), all_contended, UNIT_COUNT, true},
		{N_("on a CPU, all threads"), all_running, UNIT_NS, false},
		{N_("ready, but given no CPU"), all_ready, UNIT_NS, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		double a = table[i].figure(c->model[0]), b = table[i].figure(c->model[1]);
		const char *what;

		if (a == 0 && b == 0)
			continue;
		what = i || !whole ? tr(table[i].what) : tr("it took");
		line_values(line_add(l, "%s", what), a, b, table[i].unit, table[i].bad);
	}
}

static double thing_value(const struct compare_thing *t, int side, enum compare_metric metric)
{
	if (!t->members[side])
		return 0;
	return t->known[side][metric] ? t->value[side][metric] : -1;
}

static void thing_line(struct lines *l, const struct compare_thing *t, enum compare_metric metric,
	const char *words, bool bad)
{
	double a = thing_value(t, 0, metric), b = thing_value(t, 1, metric);
	enum compare_unit unit = compare_metric_unit(metric);
	struct compare_line *line;

	if (a == b || (unit == UNIT_NS && fabs(a) < NEGLIGIBLE && fabs(b) < NEGLIGIBLE))
		return;
	line = line_add(l, "%s %.40s: %s", trc_table("compared", compare_class_word(t->class)),
		t->name, words);
	line_values(line, a, b, unit, bad);
	for (int side = 0; side < 2; side++)
		if (!t->members[side]) {
			snprintf(side ? line->b : line->a, sizeof(line->a), "%s", tr("not there"));
			line->change[0] = 0;
			line->better = line->worse = false;
		}
}

static void class_lines(struct lines *l, const struct comparison *c, enum compare_class class)
{
	static const struct {
		enum compare_class class;
		enum compare_metric metric;
		const char *words;
		bool bad;
	} table[] = {
		{COMPARE_QUEUE, METRIC_GETS_PER_S, N_("taken out a second"), false},
		{COMPARE_QUEUE, METRIC_PUT_WAIT, N_("waits to put in"), false},
		{COMPARE_QUEUE, METRIC_GET_WAIT, N_("waits to take out"), false},
		{COMPARE_QUEUE, METRIC_DEPTH_MEAN, N_("mean depth"), false},
		{COMPARE_LOCK, METRIC_WAIT_TOTAL, N_("waits"), true},
		{COMPARE_LOCK, METRIC_WAIT_MAX, N_("longest wait"), true},
		{COMPARE_LOCK, METRIC_CONTENDED, N_("found taken, times"), true},
		{COMPARE_LOCK, METRIC_ACQUISITIONS, N_("taken, times"), false},
		{COMPARE_LOCK, METRIC_HOLD_TOTAL, N_("held"), false},
		{COMPARE_THREAD, METRIC_LOCK_WAIT, N_("waits for locks"), true},
		{COMPARE_THREAD, METRIC_RUNNING, N_("on a CPU"), false},
		{COMPARE_THREAD, METRIC_RUNNABLE, N_("ready, but given no CPU"), true},
	};

	for (size_t i = 0; i < c->things.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(table); k++)
			if (table[k].class == class && c->things.v[i].class == class)
				thing_line(l, &c->things.v[i], table[k].metric, tr(table[k].words),
					table[k].bad);
}

static void lost_line(struct lines *l, const struct comparison *c)
{
	u64 a = c->model[0]->lost, b = c->model[1]->lost;

	if (a || b)
		line_values(line_add(l, "%s", tr("events lost: figures may be low")), (double)a,
			(double)b, UNIT_COUNT, true);
}

size_t compare_lines(const struct comparison *c, struct compare_line *lines, size_t max)
{
	struct lines l = {lines, 0, max};

	lost_line(&l, c);

	findings_lines(&l, c, SEVERITY_ERROR);
	findings_lines(&l, c, SEVERITY_WARNING);
	all_lines(&l, c);
	class_lines(&l, c, COMPARE_QUEUE);
	class_lines(&l, c, COMPARE_LOCK);
	class_lines(&l, c, COMPARE_THREAD);
	findings_lines(&l, c, SEVERITY_INFO);
	return l.n;
}

/* SPDX-License-Identifier: MIT */
#include "export/html_data.h"

#include "core/fmt.h"
#include "core/json.h"
#include "core/lang.h"
#include "core/mem.h"
#include "export/figure_draw.h"
#include "export/report_facts.h"

#include <stdlib.h>
#include <string.h>

#define BARS_MOST   120000
#define HOLDS_MOST  120000
#define POINTS_MOST 20000 /* of one graph */
#define REST_CELLS  400

struct data {
	struct sketch sk;
	struct json *j;
	u32 *row_of; /* by thread id, its row's number from 1; 0 none */
	u64 fold;    /* ns: bars shorter than this are folded */
};

static u64 after(const struct data *d, u64 at)
{
	return at > d->sk.job->from ? at - d->sk.job->from : 0;
}

static u32 row_number(const struct data *d, u32 thread)
{
	return thread <= d->sk.m->threads.n ? d->row_of[thread] : 0;
}

static const struct lane *row_lane(const struct data *d, const struct row *row)
{
	if (row->kind == ROW_THREAD)
		return model_thread(d->sk.m, row->id)->lane;
	return row->kind == ROW_CORO ? model_coroutine(d->sk.m, row->id)->lane : NULL;
}

static enum state row_state(const struct row *row, u8 state)
{
	return row->kind == ROW_CORO && state ? coroutine_state(state) : (enum state)state;
}

/* One [state, length, lock, by], or [-1, length, changes, [state, ns, ...]]. */
struct folding {
	u64 from, until, n;
	u64 ns[STATE_COUNT];
};

static void bar_write(const struct data *d, const struct row *row, const struct span *s, u64 length)
{
	bool lock = row->kind == ROW_THREAD && s->state == STATE_LOCK;
	bool told = row->kind == ROW_THREAD && !(s->flags & SPAN_PREEMPTED) &&
		    (lock || s->state == STATE_RUNNABLE || s->state == STATE_RUNNING);

	json_s64(d->j, NULL, (int)row_state(row, s->state));
	json_u64(d->j, NULL, length);
	json_u64(d->j, NULL, lock ? s->obj : 0);
	json_u64(d->j, NULL, told ? row_number(d, s->by) : 0);
}

static void fold_write(const struct data *d, struct folding *f)
{
	if (!f->n)
		return;
	json_s64(d->j, NULL, -1);
	json_u64(d->j, NULL, f->until - f->from);
	json_u64(d->j, NULL, f->n);
	json_array(d->j, NULL);
	for (int s = STATE_RUNNING; s < STATE_COUNT; s++)
		if (f->ns[s]) {
			json_s64(d->j, NULL, s);
			json_u64(d->j, NULL, f->ns[s]);
		}
	json_array_end(d->j);
	*f = (struct folding){0};
}

static void bars_write(const struct data *d, const struct row *row, const struct lane *lane)
{
	struct folding f = {0};

	json_array(d->j, "bars");
	for (size_t i = 0; i < lane_count(lane); i++) {
		const struct span *s = lane_span(lane, i);
		u64 from = s->from, until = lane_until(lane, i, d->sk.m->now);

		if (!export_clip(d->sk.job, &from, &until))
			continue;
		if (s->state && until - from < d->fold) {
			f.from = f.n++ ? f.from : from;
			f.until = until;
			f.ns[row_state(row, s->state)] += until - from;
			if (until - f.from > d->fold * 2)
				fold_write(d, &f);
			continue;
		}
		fold_write(d, &f);
		bar_write(d, row, s, until - from);
	}
	fold_write(d, &f);
	json_array_end(d->j);
}

static u64 lane_first(const struct data *d, const struct lane *lane)
{
	return after(d, lane_count(lane) ? lane_begin(lane) : d->sk.job->until);
}

/* How many bars bars_write would write. */
static size_t bars_count(const struct data *d)
{
	size_t n = 0;

	for (size_t r = 0; r < d->sk.rows.n; r++) {
		const struct lane *lane = row_lane(d, &d->sk.rows.v[r]);
		u64 folded = 0;

		for (size_t i = 0; lane && i < lane_count(lane); i++) {
			u64 from = lane_span(lane, i)->from;
			u64 until = lane_until(lane, i, d->sk.m->now);

			if (!export_clip(d->sk.job, &from, &until))
				continue;
			if (until - from >= d->fold || from > folded) {
				n++;
				folded = until - from >= d->fold ? 0 : from + d->fold * 2;
			}
		}
	}
	return n;
}

static void holds_write(const struct data *d, const struct row *row)
{
	json_array(d->j, "holds");
	for (size_t i = 0; i < row->holds.n; i++) {
		const struct row_hold *h = &row->holds.v[i];

		json_array(d->j, NULL);
		json_u64(d->j, NULL, h->lock);
		json_u64(d->j, NULL, after(d, h->from));
		json_u64(d->j, NULL, after(d, h->until));
		json_u64(d->j, NULL, h->count);
		json_u64(d->j, NULL, h->sampled);
		json_u64(d->j, NULL, h->read);
		json_u64(d->j, NULL, h->level);
		json_array_end(d->j);
	}
	json_array_end(d->j);
	json_u64(d->j, "levels", row->levels);
}

static void thread_write(const struct data *d, const struct row *row)
{
	const struct thread *t = model_thread(d->sk.m, row->id);
	u64 lived = thread_unnoticed(d->sk.m, t);
	bool unseen = lived != TIME_UNKNOWN && t->seen > d->sk.job->from;

	json_u64(d->j, "id", t->tid);
	json_u64(d->j, "begin", lane_first(d, t->lane));
	json_u64(d->j, "lived", unseen ? after(d, lived) : 0);
	json_u64(d->j, "unseen", unseen ? after(d, t->seen) : 0);
	json_u64(d->j, "starter", t->born == TIME_UNKNOWN ? 0 : row_number(d, t->creator));
	json_opt(d->j, "died", t->died != TIME_UNKNOWN && t->died >= d->sk.job->from,
		after(d, t->died));
	bars_write(d, row, t->lane);
	holds_write(d, row);
}

static void point_write(const struct data *d, u64 at, u64 value)
{
	json_u64(d->j, NULL, at);
	json_u64(d->j, NULL, value);
}

/* The least and the most of each of very many steps, in the order in which they came. */
static void line_write(const struct data *d, const struct lane *lane)
{
	u64 span = d->sk.job->until - d->sk.job->from;
	u64 column = lane_count(lane) > POINTS_MOST ? MAX(span / (POINTS_MOST / 4), 1) : 0;
	u64 begun = 0, least = 0, most = 0, last = 0, end = 0;
	bool any = false;

	json_array(d->j, "line");
	for (size_t i = 0; i < lane_count(lane); i++) {
		const struct span *s = lane_span(lane, i);
		u64 from = s->from, until = lane_until(lane, i, d->sk.m->now);

		if (!s->state || !export_clip(d->sk.job, &from, &until))
			continue;
		from = after(d, from);
		end = after(d, until);
		if (any && from - begun < column) {
			least = MIN(least, s->detail);
			most = MAX(most, s->detail);
			last = s->detail;
			continue;
		}
		if (any && least != most) {
			point_write(d, begun, least);
			point_write(d, begun, most);
			point_write(d, begun, last);
		}
		point_write(d, from, s->detail);
		begun = from;
		least = most = last = s->detail;
		any = true;
	}
	if (any && least != most) {
		point_write(d, begun, most);
		point_write(d, begun, last);
	}
	json_array_end(d->j);
	json_u64(d->j, "end", end);
}

static void queue_write(const struct data *d, const struct row *row)
{
	const struct queue *q = model_queue(d->sk.m, row->id);

	json_u64(d->j, "top", queue_top(&d->sk, q));
	json_u64(d->j, "capacity", q->counter ? 0 : q->capacity);
	line_write(d, q->lane);
}

static void rest_write(const struct data *d)
{
	const struct sketch *sk = &d->sk;
	u64 step = MAX((sk->job->until - sk->job->from) / REST_CELLS, 1);

	json_u64(d->j, "begin", 0);
	json_array(d->j, "bars");
	for (u64 at = sk->job->from; at < sk->job->until; at += step) {
		struct folding f = {.from = at, .until = MIN(at + step, sk->job->until), .n = 1};

		for (size_t i = 0; i < sk->rest.n; i++) {
			u64 ns[LANE_STATES];

			lane_sum(model_thread(sk->m, sk->rest.v[i])->lane, f.from, f.until,
				sk->m->now, ns);
			for (int s = STATE_RUNNING; s < STATE_COUNT; s++)
				f.ns[s] += ns[s];
		}
		fold_write(d, &f);
	}
	json_array_end(d->j);
}

static void row_write(const struct data *d, const struct row *row)
{
	static const char *const kinds[] = {[ROW_PROCESS] = "process",
		[ROW_THREAD] = "thread",
		[ROW_CORO] = "coroutine",
		[ROW_QUEUE] = "queue",
		[ROW_REST] = "rest"};

	json_object(d->j, NULL);
	json_str(d->j, "kind", kinds[row->kind]);
	json_str(d->j, "label", row->label);
	json_str(d->j, "number", row->number);
	switch (row->kind) {
	case ROW_PROCESS: break;
	case ROW_THREAD: thread_write(d, row); break;
	case ROW_CORO:
		json_u64(d->j, "begin", lane_first(d, row_lane(d, row)));
		bars_write(d, row, row_lane(d, row));
		break;
	case ROW_QUEUE: queue_write(d, row); break;
	case ROW_REST: rest_write(d); break;
	}
	json_end(d->j);
}

static void looks_write(const struct data *d)
{
	static const struct {
		const char *name;
		u8 ink;
	} names[] = {{"paper", INK_PAPER}, {"text", INK_TEXT}, {"faint", INK_FAINT},
		{"grid", INK_GRID}, {"stripe", INK_STRIPE}, {"rule", INK_RULE}, {"bad", INK_BAD},
		{"white", INK_ON_DARK}, {"graph", INK_GRAPH}, {"graphLine", INK_GRAPH_LINE},
		{"state", INK_STATE}, {"line", INK_STATE_LINE}};
	char rgb[16];

	json_array(d->j, "states");
	for (int s = 0; s < STATE_COUNT; s++) {
		const struct look *look = state_look((enum state)s);

		json_object(d->j, NULL);
		json_str(d->j, "word", state_word((enum state)s));
		json_str(d->j, "text", look->word[0] ? tr(look->word) : "");
		json_double(d->j, "height", look->height);
		json_u64(d->j, "pattern", look->pattern);
		json_bool(d->j, "edged", look->edged);
		json_end(d->j);
	}
	json_array_end(d->j);
	json_array(d->j, "inks");
	for (u8 i = 0; i < INK_COUNT; i++) {
		json_array(d->j, NULL);
		for (int dark = 0; dark < 2; dark++) {
			snprintf(rgb, sizeof(rgb), "#%06x", ink_rgb(i, dark));
			json_str(d->j, NULL, rgb);
		}
		json_array_end(d->j);
	}
	json_array_end(d->j);
	json_object(d->j, "ink");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		json_u64(d->j, names[i].name, names[i].ink);
	json_end(d->j);
}

/* What the page says of what is pointed at. Programs read the keys, people the sentences. */
static void words_write(const struct data *d)
{
	static const struct {
		const char *key, *text;
	} words[] = {
		/* for-translators: thread, what it does, how long, since when */
		{"bar", N_("%s: %s, for %s, from %s")},
		/* for-translators: thread, "waits for a lock", how long, since when, the lock */
		{"wait", N_("%1$s: %2$s (%5$s), for %3$s, from %4$s")},
		/* for-translators: as before, then the holder */
		{"waitHolder",
			N_("%1$s: %2$s (%5$s, which %6$s held as it began), for %3$s, from %4$s")},
		{"unseen", N_("%s was there, but was not seen yet")},
		/* for-translators: "23 more threads" in one row */
		{"rest", N_("%s, added up")},
		{"change", N_("%s change in %s, too short to draw here: zoom in")},
		{"changes", N_("%s changes in %s, too short to draw here: zoom in")},
		/* for-translators: thread, lock, how often or how long */
		{"holdsTimes", N_("%s holds %s %s times")},
		{"holds", N_("%s holds %s for %s")},
		{"holdsLeast", N_("%s holds %s for at least %s")},
		{"shares", N_("%s shares %s for %s")},
		{"lost", N_("events were lost here")},
		{"waits", N_("waits for the holder")},
		{"wakes", N_("wakes or starts")},
	};

	json_object(d->j, "words");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		json_str(d->j, words[i].key, tr(words[i].text));
	json_end(d->j);
}

/* Only those the rows speak of, by id. */
static void locks_write(const struct data *d)
{
	char id[16], name[96];

	json_object(d->j, "locks");
	for (size_t i = 0; i < d->sk.m->locks.n; i++) {
		const struct lock *l = d->sk.m->locks.v[i];

		if (!l->letter && !l->name[0] && !l->contended)
			continue;
		snprintf(id, sizeof(id), "%u", l->id);
		json_object(d->j, id);
		json_str(d->j, "letter", l->letter ? (char[]){(char)l->letter, 0} : "");
		json_str(d->j, "name", lock_label(d->sk.m, l->id, name, sizeof(name)));
		json_u64(d->j, "ink", lock_ink(l));
		json_end(d->j);
	}
	json_end(d->j);
}

static void flag_write(
	const struct data *d, u64 at, const char *words, const char *about, int weight)
{
	if (at < d->sk.job->from || at > d->sk.job->until)
		return;
	json_object(d->j, NULL);
	json_u64(d->j, "at", after(d, at));
	json_str(d->j, "words", words);
	json_str(d->j, "about", about);
	json_bool(d->j, "bad", weight > 0);
	json_s64(d->j, "weight", weight);
	json_end(d->j);
}

static void flags_write(const struct data *d)
{
	const struct model *m = d->sk.m;
	size_t n = 0;

	json_array(d->j, "flags");
	for (size_t i = 0; i < findings_count(d->sk.job->findings); i++) {
		const struct finding *f = findings_get(d->sk.job->findings, i);

		flag_write(
			d, f->at_ns, finding_kind_text(f->ops), f->text, 1 + (int)f->ops->severity);
	}
	for (size_t i = 0; i < m->marks.n && n < 1000; i++) {
		char number[24];

		if (!export_inside(d->sk.job, m->marks.v[i].at) ||
			!export_shows_mark(d->sk.job, &m->marks.v[i]))
			continue;
		snprintf(number, sizeof(number), "%zu", ++n);
		flag_write(d, m->marks.v[i].at, number, m->marks.v[i].text, 0);
	}
	json_array_end(d->j);
	json_array(d->j, "gaps");
	for (size_t i = 0; i < m->gaps.n && i < 1000; i++) {
		u64 from = m->gaps.v[i].from, until = m->gaps.v[i].until;

		if (!export_clip(d->sk.job, &from, &until))
			continue;
		json_array(d->j, NULL);
		json_u64(d->j, NULL, after(d, from));
		json_u64(d->j, NULL, after(d, until));
		json_array_end(d->j);
	}
	json_array_end(d->j);
}

static void steps_write(const struct data *d)
{
	struct figure_steps steps;

	figure_steps(d->sk.job, &steps);
	json_array(d->j, "steps");
	for (size_t i = 0; i < steps.all.n; i++) {
		const struct figure_step *s = &steps.all.v[i];

		json_object(d->j, NULL);
		json_u64(d->j, "at", after(d, s->at));
		json_u64(d->j, "from", after(d, s->from));
		json_u64(d->j, "until", after(d, s->until));
		json_str(d->j, "kind", s->kind);
		json_str(d->j, "name", figure_step_name(s));
		json_str(d->j, "text", s->text);
		json_bool(d->j, "bad",
			s->kind[0] && strcmp(s->kind, "mark") && strcmp(s->kind, "wait"));
		json_end(d->j);
	}
	json_array_end(d->j);
	figure_steps_free(&steps);
}

static void head_write(const struct data *d, const struct figure *fig)
{
	const struct export_job *job = d->sk.job;
	char span[80], number[40], lost[80], only[128], sight[320];

	if (job->sift)
		fmt_clean(only, sizeof(only), job->sift->filter.text, SIZE_MAX, false);
	if (d->sk.m->lost)
		snprintf(lost, sizeof(lost), trn("%s event lost", "%s events lost", d->sk.m->lost),
			fmt_grouped(number, sizeof(number), d->sk.m->lost));
	else
		snprintf(lost, sizeof(lost), "%s", tr("no event lost"));
	snprintf(sight, sizeof(sight), "%s, %s, %s%s%s",
		fmt_duration(span, sizeof(span), job->until - job->from), sight_words(d->sk.m),
		lost, job->sift ? tr(", only ") : "", job->sift ? only : "");
	json_str(d->j, "title", d->sk.m->info.target_name);
	json_str(d->j, "about", fig->about);
	json_str(d->j, "sight", sight);
	json_u64(d->j, "start", job->from - d->sk.m->start);
	json_u64(d->j, "span", job->until - job->from);
	json_bool(d->j, "dark", job->dark);
	json_bool(d->j, "themed", job->themed);
	if (job->at_given) {
		json_object(d->j, "moment");
		json_u64(d->j, "at", after(d, job->at));
		json_str(d->j, "text", moment_words(&d->sk, span, sizeof(span)));
		json_end(d->j);
	}
	json_u64(d->j, "folded", d->fold);
}

static void data_fold(struct data *d)
{
	u64 span = d->sk.job->until - d->sk.job->from;

	rows_choose(&d->sk);
	while (bars_count(d) > BARS_MOST)
		d->fold = d->fold ? d->fold * 4 : MAX(span / 10000000, 1);
}

void html_data(const struct export_job *job, const struct figure *fig, FILE *out)
{
	struct figure page = {.job = job, .width = job->width};
	struct data d = {.sk = {.fig = &page,
				 .job = job,
				 .m = job->model,
				 .unit = MAX(job->width / 64., 10),
				 .narrow = (job->until - job->from) / 20000,
				 .holds_most = HOLDS_MOST}};
	struct json j;

	json_open(&j, out, false);
	d.j = &j;
	data_fold(&d);
	d.row_of = mem_array(job->model->threads.n + 1, sizeof(*d.row_of));
	for (size_t i = 0; i < d.sk.rows.n; i++)
		if (d.sk.rows.v[i].kind == ROW_THREAD)
			d.row_of[d.sk.rows.v[i].id] = (u32)i + 1;
	json_object(&j, NULL);
	head_write(&d, fig);
	looks_write(&d);
	words_write(&d);
	locks_write(&d);
	flags_write(&d);
	steps_write(&d);
	json_array(&j, "rows");
	for (size_t i = 0; i < d.sk.rows.n; i++)
		row_write(&d, &d.sk.rows.v[i]);
	json_array_end(&j);
	json_end(&j);
	free(d.row_of);
	rows_free(&d.sk);
}

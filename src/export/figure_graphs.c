/* SPDX-License-Identifier: MIT */
/* The depth of a queue, or a counter's value, over time; and coroutines. */
#include "export/figure_draw.h"

#include "core/fmt.h"
#include "export/figure_type.h"

#include <stdio.h>

#define COLUMN .06 /* units: within it a graph shows the least and the most */

enum { CORO_READY = 1, CORO_RUNS = 2 };

enum state coroutine_state(u8 state)
{
	return state == CORO_READY  ? STATE_RUNNABLE
	       : state == CORO_RUNS ? STATE_RUNNING
				    : STATE_POLL;
}

void coroutine_draw(struct sketch *sk, const struct row *row)
{
	bars_of_lane(sk, row, model_coroutine(sk->m, row->id)->lane);
}

u64 queue_top(const struct sketch *sk, const struct queue *q)
{
	u64 top = q->capacity && !q->counter ? q->capacity : 1;

	for (size_t i = 0; i < lane_count(q->lane); i++)
		if (lane_until(q->lane, i, sk->m->now) > sk->job->from &&
			lane_span(q->lane, i)->from < sk->job->until)
			top = MAX(top, lane_span(q->lane, i)->detail);
	return top;
}

double queue_scale_width(const struct sketch *sk, const struct row *row)
{
	char top[32];

	return type_width(fmt_count(top, sizeof(top), queue_top(sk, model_queue(sk->m, row->id))),
		sk->unit, false);
}

/* One after the other the values of a column: what was first, least, most and last in it. */
struct column {
	double x;
	u64 first, least, most, last;
	bool any;
};

struct graph {
	double y, height;
	u64 top;
	vec(struct point) line;
};

static double graph_y(const struct graph *g, u64 value)
{
	return g->y + g->height * (1 - (double)MIN(value, g->top) / (double)g->top);
}

static void column_flush(struct graph *g, struct column *c)
{
	if (!c->any)
		return;
	vec_push(&g->line, (struct point){c->x, graph_y(g, c->first)});
	if (c->least != c->most) {
		vec_push(&g->line, (struct point){c->x, graph_y(g, c->least)});
		vec_push(&g->line, (struct point){c->x, graph_y(g, c->most)});
	}
	vec_push(&g->line, (struct point){c->x, graph_y(g, c->last)});
	c->any = false;
}

static void column_add(struct graph *g, struct column *c, double x, u64 value, double wide)
{
	if (c->any && x - c->x > wide) {
		column_flush(g, c);
		/* until now it was what it was last */
		vec_push(&g->line, (struct point){x, graph_y(g, c->last)});
	}
	if (!c->any)
		*c = (struct column){x, value, value, value, value, true};
	c->least = MIN(c->least, value);
	c->most = MAX(c->most, value);
	c->last = value;
}

static void graph_line(struct sketch *sk, struct graph *g, const struct queue *q)
{
	struct column c = {.any = false};
	double end = 0;

	for (size_t i = 0; i < lane_count(q->lane); i++) {
		const struct span *s = lane_span(q->lane, i);
		u64 from = s->from, until = lane_until(q->lane, i, sk->m->now);

		if (!s->state || !export_clip(sk->job, &from, &until))
			continue;
		column_add(g, &c, draw_x(sk, from), s->detail, COLUMN * sk->unit);
		end = draw_x(sk, until);
	}
	column_flush(g, &c);
	if (g->line.n)
		vec_push(&g->line, (struct point){end, graph_y(g, c.last)});
}

static void graph_fill(struct sketch *sk, struct graph *g)
{
	size_t n = g->line.n;
	double first, last;

	if (!n)
		return;
	first = g->line.v[0].x;
	last = g->line.v[n - 1].x;
	vec_push(&g->line, (struct point){last, g->y + g->height});
	vec_push(&g->line, (struct point){first, g->y + g->height});
	draw_area(sk, g->line.v, g->line.n, INK_GRAPH)->class = "depth";
	g->line.n = n;
	draw_line(sk, g->line.v, n, INK_GRAPH_LINE, .09 * sk->unit);
}

static void graph_scale(struct sketch *sk, const struct graph *g, const struct queue *q)
{
	double u = sk->unit, x = sk->fig->left - .35 * u;
	char top[32];

	draw_text(sk, x, g->y + .72 * u, ANCHOR_END, INK_FAINT, u, false,
		fmt_count(top, sizeof(top), g->top));
	draw_text(sk, x, g->y + g->height, ANCHOR_END, INK_FAINT, u, false, "0");
	draw_line(sk,
		(struct point[]){
			{sk->fig->left, g->y + g->height}, {sk->fig->right, g->y + g->height}},
		2, INK_RULE, .05 * u);
	if (q->capacity && !q->counter)
		draw_line(sk,
			(struct point[]){{sk->fig->left, graph_y(g, q->capacity)},
				{sk->fig->right, graph_y(g, q->capacity)}},
			2, INK_RULE, .07 * u)
			->dashed = true;
}

void queue_draw(struct sketch *sk, const struct row *row)
{
	const struct queue *q = model_queue(sk->m, row->id);
	struct graph g = {.y = row->y, .height = row->bar, .top = queue_top(sk, q)};

	graph_line(sk, &g, q);
	graph_fill(sk, &g);
	graph_scale(sk, &g, q);
	vec_free(&g.line);
}

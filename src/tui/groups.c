/* SPDX-License-Identifier: MIT */
#include "tui/groups.h"

#include "core/lang.h"
#include "core/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void groups_free(struct groups *g)
{
	for (size_t i = 0; i < g->names.n; i++)
		free(g->names.v[i]);
	vec_free(&g->names);
	vec_free(&g->of);
	vec_free(&g->folded);
	vec_free(&g->opened);
	vec_free(&g->pressed);
}

/* "worker-12" -> "worker-*" */
static void name_pattern(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	for (; *name && n + 1 < size; name++) {
		if (!isdigit((unsigned char)*name))
			buf[n++] = *name;
		else if (!n || buf[n - 1] != '*')
			buf[n++] = '*';
	}
	buf[n] = 0;
}

static u32 name_group(struct groups *g, const struct model *m, const struct thread *t)
{
	char name[80], pattern[80];

	name_pattern(thread_label(m, t->id, name, sizeof(name)), pattern, sizeof(pattern));
	for (size_t i = 0; i < g->names.n; i++)
		if (!strcmp(g->names.v[i], pattern))
			return (u32)i + 1;
	vec_push(&g->names, mem_strdup(pattern));
	return (u32)g->names.n;
}

/* The number + 1; 0x10000 + 1 where it is not known. */
static u32 cpu_group(const struct thread *t, u64 at)
{
	size_t i = lane_at(t->lane, at);

	i = i == SIZE_MAX ? SIZE_MAX : lane_prev(t->lane, i, 1u << STATE_RUNNING);
	return i == SIZE_MAX || lane_span(t->lane, i)->cpu == EVENT_NO_CPU
		       ? 0x10001
		       : lane_span(t->lane, i)->cpu + 1u;
}

u32 groups_find(struct groups *g, const struct model *m, const struct thread *t, u64 at)
{
	switch (g->by) {
	case GROUPS_NAME: return name_group(g, m, t);
	case GROUPS_CPU: return cpu_group(t, at);
	default: return t->process;
	}
}

u32 groups_of(const struct groups *g, u32 thread)
{
	return thread < g->of.n ? g->of.v[thread] : 0;
}

static size_t pair_find(const u64 *v, size_t n, u64 pair)
{
	size_t i = 0;

	while (i < n && v[i] != pair)
		i++;
	return i;
}

static void pair_drop(u64 *v, size_t *n, u64 pair)
{
	size_t i = pair_find(v, *n, pair);

	if (i < *n)
		v[i] = v[--*n];
}

bool groups_folded(const struct groups *g, u32 group)
{
	u64 pair = event_pair(group, g->by);

	for (size_t i = 0; i < g->pressed.n; i++)
		if (g->pressed.v[i] == group)
			return true;
	return pair_find(g->folded.v, g->folded.n, pair) < g->folded.n;
}

size_t groups_size(const struct groups *g, u32 group)
{
	size_t n = 0;

	for (size_t i = 0; i < g->of.n; i++)
		n += g->of.v[i] == group;
	return n;
}

int groups_part(const struct groups *g, u32 group)
{
	return group && group == g->part ? g->part_rows : 0;
}

bool groups_opened(const struct groups *g, u32 group)
{
	return pair_find(g->opened.v, g->opened.n, event_pair(group, g->by)) < g->opened.n;
}

void groups_fold(struct groups *g, u32 group, bool fold)
{
	u64 pair = event_pair(group, g->by);

	pair_drop(g->folded.v, &g->folded.n, pair);
	pair_drop(g->opened.v, &g->opened.n, pair);
	if (fold)
		vec_push(&g->folded, pair);
	else
		vec_push(&g->opened, pair);
}

void groups_fold_all(struct groups *g)
{
	bool all = true;

	g->part = 0;
	g->pressed.n = 0; /* by the user, they stay so where there is room again */
	for (size_t i = 0; i < g->of.n; i++)
		all &= !g->of.v[i] || groups_folded(g, g->of.v[i]);
	for (size_t i = 0; i < g->of.n; i++)
		if (g->of.v[i] && groups_folded(g, g->of.v[i]) == all)
			groups_fold(g, g->of.v[i], !all);
}

char *groups_label(const struct groups *g, const struct model *m, u32 group, char *buf, size_t size)
{
	const struct process *p = g->by == GROUPS_PROCESS ? model_process(m, group) : NULL;

	if (g->by == GROUPS_NAME && group && group <= g->names.n)
		snprintf(buf, size, "%s", g->names.v[group - 1]);
	else if (g->by == GROUPS_CPU && group <= 0x10000)
		snprintf(buf, size, "CPU %u", group - 1);
	else if (g->by == GROUPS_CPU)
		snprintf(buf, size, tr("CPU not known"));
	else
		snprintf(buf, size, "%s", p && p->name[0] ? p->name : tr("process"));
	return buf;
}

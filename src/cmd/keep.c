/* SPDX-License-Identifier: MIT */
#include "cmd/keep.h"

#include "cmd/command.h"
#include "model/store.h"
#include "core/fmt.h"
#include "core/lang.h"
#include "core/log.h"
#include "trace/recording.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FORGET_EVERY NSEC_PER_SEC

static volatile sig_atomic_t keep_asked;

void keep_ask(void)
{
	keep_asked = 1;
}

/* That it cannot be written is better known now than when it is wanted. */
static int keep_check(const char *output)
{
	char copy[sizeof(((struct keep *)0)->path)];
	const char *dir;

	if (strlen(output) >= sizeof(copy) - 16)
		return could_not(tr("cannot write %s: %s; choose another with -o FILE"), output,
			strerror(ENAMETOOLONG));
	snprintf(copy, sizeof(copy), "%s", output);
	dir = dirname(copy);
	if (!access(output, F_OK) ? !access(output, W_OK) : !access(dir, W_OK))
		return 0;
	return could_not(
		tr("cannot write %s: %s; choose another with -o FILE"), output, strerror(errno));
}

int keep_open(struct keep *k, const struct options *o)
{
	int status;

	if (!o->keep)
		return 0;
	status = keep_check(o->output);
	if (status)
		return status;
	k->output = o->output;
	k->on = o->on;
	k->quiet = o->quiet;
	k->ring = ring_new(o->keep, (o->memory ? o->memory : STORE_MEMORY) / 2);
	return 0;
}

void keep_close(struct keep *k)
{
	ring_free(k->ring);
	vec_free(&k->standing.events);
	k->ring = NULL;
}

void keep_take(struct keep *k, const struct pipeline *p, const struct event *events, size_t n)
{
	if (!k->ring || !n)
		return;
	if (ring_wants(k->ring, events[0].ts)) {
		if (!p->model->events)
			ring_begin(k->ring, events[0].ts, NULL, 0);
		else if (model_preamble(p->model, MIN(p->model->now, events[0].ts), &k->standing))
			ring_begin(k->ring, MIN(p->model->now, events[0].ts), k->standing.events.v,
				k->standing.events.n);
	}
	ring_add(k->ring, events, n);
	if (ring_short(k->ring) && !k->told_short) {
		k->told_short = true;
		log_note(LOG_WARN, tr("memory does not do for all of --keep; more: --memory SIZE"));
	}
}

/* FILE, then FILE-2, FILE-3 ... before its last ending. */
static void keep_next_path(struct keep *k)
{
	const char *slash = strrchr(k->output, '/');
	const char *dot = strrchr(slash ? slash + 1 : k->output, '.');
	int stem = dot && dot != k->output && dot[-1] != '/' ? (int)(dot - k->output)
							     : (int)strlen(k->output);

	if (++k->written == 1)
		snprintf(k->path, sizeof(k->path), "%s", k->output);
	else
		snprintf(k->path, sizeof(k->path), "%.*s-%u%s", stem, k->output, k->written,
			k->output + stem);
}

static void keep_write(struct keep *k, const struct pipeline *p, const char *why)
{
	struct session_info info = p->model->info;
	char span[32];
	int err;

	keep_next_path(k);
	info.start_ns = MAX(ring_from(k->ring), p->model->start);
	info.end_ns = p->model->now;
	err = ring_write(k->ring, k->path, &info);
	if (err) {
		k->failed = true;
		snprintf(k->message, sizeof(k->message), tr("cannot write %s: %s"), k->path,
			recording_problem(err));
		log_note(LOG_ERROR, "%s", k->message);
		return;
	}
	fmt_duration(span, sizeof(span), info.end_ns - info.start_ns);
	snprintf(k->message, sizeof(k->message), tr("the last %s are in %s (%s)"), span, k->path,
		why);
	log_note(LOG_WARN, "%s", k->message);
}

static bool keep_is_wanted(const struct keep *k, const char *kind)
{
	size_t n = strlen(kind), part;

	if (!k->on || !strcmp(k->on, "any"))
		return k->on != NULL;
	for (const char *at = k->on; *at; at += part + (at[part] == ',')) {
		part = strcspn(at, ",");
		if (part == n && !strncmp(at, kind, n))
			return true;
	}
	return false;
}

static void keep_findings(struct keep *k, const struct pipeline *p)
{
	const char *kind = NULL;

	for (; k->found < findings_count(p->findings); k->found++) {
		const struct finding *f = findings_get(p->findings, k->found);

		if (!kind && keep_is_wanted(k, f->ops->kind))
			kind = f->ops->kind;
	}
	if (kind)
		keep_write(k, p, kind);
}

void keep_turn(struct keep *k, struct pipeline *p)
{
	if (!k->ring) {
		keep_asked = 0;
		return;
	}
	keep_findings(k, p);
	if (keep_asked) {
		keep_asked = 0;
		keep_write(k, p, tr("asked for"));
	}
	if (p->model->now >= k->forgot + FORGET_EVERY && ring_from(k->ring) <= p->model->now) {
		k->forgot = p->model->now;
		k->known_from = ring_from(k->ring) > p->model->start ? ring_from(k->ring) : 0;
		model_forget(p->model, k->known_from);
	}
}

void keep_end(struct keep *k, struct pipeline *p)
{
	if (!k->ring)
		return;
	keep_findings(k, p);
	if (!k->on || keep_asked)
		keep_write(k, p, tr("the end"));
}

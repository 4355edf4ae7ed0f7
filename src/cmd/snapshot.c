/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/pipeline.h"
#include "cmd/session.h"
#include "core/lang.h"
#include "core/log.h"
#include "export/snapshot.h"
#include "source/proc_look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What stands for less is not told as standing (findings/limits.h), and some. */
#define STANDING (26 * NSEC_PER_MSEC)

/* As long as it takes the kernel to count a thread's time on a CPU. */
#define RUNNING (12 * NSEC_PER_MSEC)

struct snapshot {
	vec(u32) pids;
	struct target target; /* the first */
	struct pipeline pipeline;
	struct proc_look *look;
	struct order *order;
	struct proc_look_sum sum;
	struct snapshot_facts facts;
	u64 start;
};

/* Whether somebody waits, by however many others, for himself. */
static bool waits_in_circle(const struct model *m, u32 thread)
{
	u32 lock, at = thread;

	for (size_t i = 0; i < m->threads.n; i++) {
		at = model_waits_for(m, at, &lock);
		if (!at || at == thread)
			return at;
	}
	return false;
}

static bool any_in_circle(const struct model *m)
{
	for (size_t i = 0; i < m->threads.n; i++)
		if (m->threads.v[i]->alive && waits_in_circle(m, m->threads.v[i]->id))
			return true;
	return false;
}

static void sleep_until(u64 when)
{
	struct timespec ts = {(time_t)(when / NSEC_PER_SEC), (long)(when % NSEC_PER_SEC)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int look_once(struct snapshot *s)
{
	const struct event *events;
	int err = proc_look_take(s->look, s->order, &s->sum);
	size_t n = order_release(s->order, TIME_UNKNOWN, &events);

	pipeline_feed(&s->pipeline, events, n);
	pipeline_advance(&s->pipeline, source_now());
	return err;
}

/*
 * A second look tells a circle of waits that stands from threads met at different moments, and
 * who runs from who only wants to. Nobody is kept waiting for it who does neither.
 */
static int look_twice(struct snapshot *s)
{
	u64 first;
	int err = look_once(s);

	if (err)
		return err;
	first = s->pipeline.model->now;
	if (any_in_circle(s->pipeline.model))
		sleep_until(first + STANDING);
	else if (s->sum.running)
		sleep_until(s->start + RUNNING);
	else
		return 0;
	return look_once(s);
}

static void session_of(struct snapshot *s, struct session_info *info)
{
	session_info_init(info);
	info->start_ns = s->start;
	info->target = TARGET_PID;
	info->target_pid = s->target.pid;
	info->moment = true;
	info->sources = SOURCE_BIT_PROC;
	info->locks = LOCKS_CONTENDED;
	snprintf(info->target_name, sizeof(info->target_name), "%s", s->target.name);
}

static int snapshot_take(struct snapshot *s, bool stacks)
{
	struct source_check check = {0};
	struct session_info info;
	int err;

	s->start = source_now();
	session_of(s, &info);
	pipeline_open(&s->pipeline, &info, NULL);
	s->order = order_new();
	err = proc_look_open(&s->look, s->pids.v, s->pids.n, true, &check);
	if (!err && stacks)
		proc_look_stacks(s->look);
	if (!err)
		err = look_twice(s);
	pipeline_finish(&s->pipeline);
	s->facts.took_ns = source_now() - s->start;
	if (err == -ESRCH && !check.why[0])
		return could_not("process %u has ended meanwhile", s->target.pid);
	if (err)
		return could_not("%s", check.why[0] ? check.why : strerror(-err));
	return 0;
}

static bool yama_forbids(void)
{
	FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope = 0;

	if (f && fscanf(f, "%d", &scope) != 1)
		scope = 0;
	if (f)
		fclose(f);
	return scope > 0;
}

/* What was not ours to see, and the way to it. */
static int tell_denied(const struct snapshot *s)
{
	const struct proc_look_sum *sum = &s->sum;
	const char *why = sum->foreign || !yama_forbids()
				  ? tr("it is another user's, or guards itself")
				  : tr("kernel.yama.ptrace_scope forbids it");

	if (sum->denied_count == 1)
		return could_not("what process %u waits for is not ours to see (%s); try: sudo "
				 "threadline snapshot %u",
			sum->denied[0], why, s->target.pid);
	return could_not("what %zu of the %u processes wait for is not ours to see (process %u: "
			 "%s); try: sudo threadline snapshot %u",
		sum->denied_count, sum->processes, sum->denied[0], why, s->target.pid);
}

static int snapshot_tell(struct snapshot *s, const struct options *o)
{
	const struct model *m = s->pipeline.model;

	s->facts.blind = s->sum.denied;
	s->facts.blind_count = s->sum.denied_count;
	s->facts.stacks = o->stacks;
	if (o->json)
		snapshot_json(m, s->pipeline.findings, &s->facts, stdout);
	else
		snapshot_text(m, s->pipeline.findings, &s->facts, stdout);
	fflush(stdout);
	if (s->sum.alien)
		log_note(LOG_WARN,
			"%u of %u processes run code of another machine (32-bit?): what "
			"they wait for is not told",
			s->sum.alien, s->sum.processes);
	if (s->sum.denied_count)
		return tell_denied(s);
	return o->check && pipeline_errors(&s->pipeline) ? EXIT_FINDING : 0;
}

static int snapshot_targets(struct snapshot *s, const struct options *o)
{
	struct target t;
	char *end;

	if (!o->arg_count || o->command)
		return usage_error("snapshot takes one or more PIDs");
	for (int i = 0; i < o->arg_count; i++) {
		unsigned long pid = strtoul(o->args[i], &end, 10);
		int status;

		if (o->args[i][0] < '0' || o->args[i][0] > '9' || *end || !pid || pid > INT32_MAX)
			return usage_error("'%s' is not a PID", o->args[i]);
		status = target_from_pid(&t, (u32)pid);
		if (status)
			return status;
		if (!i)
			s->target = t;
		vec_push(&s->pids, (u32)pid);
	}
	return 0;
}

static int snapshot_run(const struct options *o)
{
	struct snapshot s = {0};
	int status = snapshot_targets(&s, o);

	if (!status)
		status = snapshot_take(&s, o->stacks);
	if (!status)
		status = snapshot_tell(&s, o);
	if (s.pipeline.model)
		pipeline_close(&s.pipeline);
	proc_look_close(s.look);
	order_free(s.order);
	vec_free(&s.pids);
	return status;
}

static int snapshot(int argc, char **argv)
{
	struct options o;
	int status = options_read(&o, argc, argv, OPT_SNAPSHOT);

	if (!status && o.help) {
		extern const struct command command_snapshot;

		command_help(&command_snapshot);
		options_help(OPT_SNAPSHOT);
	} else if (!status) {
		status = snapshot_run(&o);
	}
	options_free(&o);
	return status;
}

const struct command command_snapshot = {
	.name = "snapshot",
	.args = "PID... [--stacks] [--json] [--check]",
	.summary = N_("tell who holds and who waits now, without tracing or stopping the process"),
	.help = N_("Looks at each process and all its descendants, so that a lock they share leads "
		   "from "
		   "one\nto the other. Finds a deadlock that is older than the call.\n\n"),
	.run = snapshot,
};

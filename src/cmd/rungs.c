/* SPDX-License-Identifier: MIT */
#include "cmd/rungs.h"

#include "cmd/command.h"
#include "core/lang.h"
#include "core/log.h"
#include "model/model.h"
#include "source/stacks.h"
#include "source/uprobe.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* 0, or -errno with check filled in. */
static int rung_add(
	struct rungs *r, const char *name, struct source_target *target, struct source_check *check)
{
	const struct source_ops *ops = source_by_name(name);
	struct source *s = &r->sources[r->n];
	int err;

	*check = (struct source_check){0};
	*s = (struct source){.ops = ops};
	err = ops->open(s, target, check);
	if (err) {
		ops->close(s);
		log_note(LOG_INFO, "source %s: %s", name, check->why);
		return err;
	}
	target->sources |= ops->bit;
	r->n++;
	return 0;
}

static bool wants(const struct options *o, const char *rung)
{
	return !strcmp(o->source, "auto") || !strcmp(o->source, rung);
}

static void rung_missing(struct rungs *r, const char *lost, const struct source_check *check)
{
	snprintf(r->note, sizeof(r->note), "%s (%s)%s%s", lost, check->why,
		check->fix[0] ? tr("; to see them: ") : "", check->fix);
}

static int rung_refused(const struct options *o, const struct source_check *check)
{
	could_not("--source=%s: %s", o->source, check->why);
	if (check->fix[0])
		fprintf(stderr, tr("To get it: %s\n"), check->fix);
	return EXIT_COULD_NOT;
}

/* The kernel's side: bpf, else perf. True where one stands. */
static int rungs_kernel(
	struct rungs *r, const struct options *o, struct source_target *target, bool *kernel)
{
	struct source_check bpf = {0}, perf = {0};

	*kernel = true;
	if (wants(o, "bpf") && !rung_add(r, "bpf", target, &bpf))
		return 0;
	if (!strcmp(o->source, "bpf"))
		return rung_refused(o, &bpf);
	if (wants(o, "perf") && !rung_add(r, "perf", target, &perf)) {
		if (bpf.why[0])
			rung_missing(r, tr("wakeups and waits for a CPU are not seen"), &bpf);
		return 0;
	}
	if (!strcmp(o->source, "perf"))
		return rung_refused(o, &perf);
	if (!perf.why[0])
		snprintf(perf.why, sizeof(perf.why), "--source=%s", o->source);
	rung_missing(r, tr("scheduling is only sampled"), &perf);
	*kernel = false;
	return 0;
}

static enum locks_level rungs_locks_level(const struct rungs *r, const struct options *o)
{
	if (o->locks == WISH_NONE)
		return LOCKS_NONE;
	return r->every || rungs_bits(r) & SOURCE_BIT_SHIM ? LOCKS_ALL : LOCKS_CONTENDED;
}

/* A running program's every lock: by probes in its C library, where bpf stands. */
static void rungs_every_lock(
	struct rungs *r, const struct options *o, const struct source_target *target)
{
	struct source_check check = {0};
	struct source *s = &r->sources[r->n];

	if (o->locks != WISH_ALL || target->launched || !target->pid)
		return;
	if (!(rungs_bits(r) & SOURCE_BIT_BPF)) {
		snprintf(check.why, sizeof(check.why), "that needs bpf");
	} else {
		*s = (struct source){.ops = &source_uprobe};
		r->every = !s->ops->open(s, target, &check);
		r->n += r->every;
		if (!r->every)
			s->ops->close(s);
	}
	if (!r->every)
		rung_missing(r, tr("of locks only the waits that block are seen"), &check);
}

bool rungs_children(const struct rungs *r, const struct model *m, char *why, size_t size)
{
	size_t watched = 0;

	if (!r->every || m->info.locks != LOCKS_ALL)
		return false;
	for (size_t i = 0; i < m->processes.n; i++)
		watched += m->processes.v[i]->target;
	if (watched < 2) /* the probes are in one */
		return false;
	snprintf(why, size,
		tr("every lock is seen of the process attached to; of those it started only the "
		   "waits that block"));
	return true;
}

bool rungs_gave_up(struct rungs *r, char *why, size_t size)
{
	return r->every && uprobe_gave_up(&r->sources[r->n - 1], why, size);
}

int rungs_open(struct rungs *r, const struct options *o, struct source_target *target)
{
	struct source_check check;
	bool kernel;
	int status;

	target->locks = o->locks == WISH_NONE ? LOCKS_NONE : LOCKS_CONTENDED;
	status = rungs_kernel(r, o, target, &kernel);
	if (status)
		return status;
	if (target->shm_path && rung_add(r, "shim", target, &check) < 0)
		return could_not("the shim's memory: %s", check.why);
	if (target->kind == TARGET_SYSTEM && !kernel)
		return could_not(
			"the whole machine can be watched only with bpf or perf; 'threadline "
			"doctor' tells what is missing");
	if (!(rungs_bits(r) & SOURCE_BIT_BPF) && target->pid &&
		rung_add(r, "proc", target, &check) < 0 && !r->n)
		return could_not("cannot watch process %u: %s%s%s", target->pid, check.why,
			check.fix[0] ? tr("; try: ") : "", check.fix);
	rungs_every_lock(r, o, target);
	r->locks = rungs_locks_level(r, o);
	if (target->stacks && !(stacks_known() && rungs_bits(r) & SOURCE_BIT_BPF))
		log_note(LOG_WARN, "--stacks needs bpf, on x86-64: no stack of a wait is told");
	if (o->locks == WISH_ALL && r->locks != LOCKS_ALL && !target->pid)
		log_note(LOG_WARN, "--locks=all needs a program: of the whole machine "
				   "only waits that block are seen");
	return 0;
}

void rungs_close(struct rungs *r)
{
	while (r->n) {
		struct source *s = &r->sources[--r->n];

		s->ops->close(s);
	}
}

u64 rungs_drain(struct rungs *r, struct order *out, u64 now)
{
	u64 complete = now;

	for (size_t i = 0; i < r->n; i++) {
		u64 until = now;
		int err = r->sources[i].ops->drain(&r->sources[i], out, &until);

		if (err && err != -ENODATA)
			log_note(LOG_DEBUG, "source %s: %s", r->sources[i].ops->name,
				strerror(-err));
		complete = MIN(complete, until);
	}
	return complete;
}

void rungs_wait(struct rungs *r, int ms)
{
	struct pollfd fds[ARRAY_LEN(r->sources)];
	nfds_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		int fd = r->sources[i].ops->fd ? r->sources[i].ops->fd(&r->sources[i]) : -1;

		if (fd >= 0)
			fds[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	poll(fds, n, ms);
}

u32 rungs_bits(const struct rungs *r)
{
	u32 bits = 0;

	for (size_t i = 0; i < r->n; i++)
		bits |= r->sources[i].ops->bit;
	return bits;
}

enum locks_level rungs_locks(const struct rungs *r)
{
	return r->locks;
}

void rungs_note(const struct rungs *r, char *buf, size_t size)
{
	snprintf(buf, size, "%s", r->note);
}

u64 rungs_events(const struct rungs *r, u32 bit)
{
	for (size_t i = 0; i < r->n; i++) {
		struct source_stats stats = {0};

		if (r->sources[i].ops->bit != bit)
			continue;
		r->sources[i].ops->stats((struct source *)&r->sources[i], &stats);
		return stats.events;
	}
	return 0;
}

void rungs_cost(const struct rungs *r, struct session_info *info, u64 elapsed)
{
	u64 ns = 0, runs = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct source_stats stats = {.probe_ns = TIME_UNKNOWN};

		r->sources[i].ops->stats((struct source *)&r->sources[i], &stats);
		if (stats.probe_ns == TIME_UNKNOWN || !stats.probe_runs || !elapsed)
			continue;
		ns += stats.probe_ns;
		runs += stats.probe_runs;
	}
	if (!runs)
		return;
	info->probe_ns_per_event = ns / runs;
	info->probe_cpu_ppm = (u64)((double)ns * 1e6 / (double)elapsed);
}

const char *rungs_word(u32 bits)
{
	static const char *const words[16] = {"nothing", "bpf", "perf", "bpf+perf", "shim",
		"bpf+shim", "perf+shim", "bpf+perf+shim", "proc", "bpf+proc", "perf+proc",
		"bpf+perf+proc", "shim+proc", "bpf+shim+proc", "perf+shim+proc",
		"bpf+perf+shim+proc"};

	return words[bits & 15];
}

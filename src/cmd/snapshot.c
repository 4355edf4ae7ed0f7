/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/pipeline.h"
#include "cmd/session.h"
#include "export/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One look through /proc: the same events that a recording begins with, and nothing after. */
static int snapshot_take(struct pipeline *p, const struct target *t, u64 *took)
{
	const struct source_ops *ops = source_by_name("proc");
	struct source source = {.ops = ops};
	struct source_target st = {.kind = TARGET_PID, .pid = t->pid, .locks = LOCKS_CONTENDED};
	struct source_check check = {0};
	struct session_info info;
	const struct event *events;
	struct order *order = order_new();
	u64 start = source_now(), until;
	size_t n;
	int err = ops->open(&source, &st, &check);

	if (!err)
		err = ops->drain(&source, order, &until);
	*took = source_now() - start;
	session_info_init(&info);
	info.start_ns = start;
	info.target = TARGET_PID;
	info.target_pid = t->pid;
	info.sources = SOURCE_BIT_PROC;
	info.locks = LOCKS_CONTENDED;
	snprintf(info.target_name, sizeof(info.target_name), "%s", t->name);
	pipeline_open(p, &info, NULL);
	n = order_release(order, TIME_UNKNOWN, &events);
	pipeline_feed(p, events, n);
	pipeline_finish(p);
	ops->close(&source);
	order_free(order);
	if (!err)
		return 0;
	pipeline_close(p);
	return could_not("cannot look at process %u: %s%s%s", t->pid,
		check.why[0] ? check.why : strerror(-err), check.fix[0] ? "; try: " : "",
		check.fix);
}

static int snapshot_pid(const struct options *o)
{
	struct target t = {0};
	struct pipeline p;
	u64 took;
	char *end;
	unsigned long pid;
	int status;

	if (o->arg_count != 1 || o->command)
		return usage_error("snapshot takes one PID");
	pid = strtoul(o->args[0], &end, 10);
	if (o->args[0][0] < '0' || o->args[0][0] > '9' || *end || !pid || pid > INT32_MAX)
		return usage_error("'%s' is not a PID", o->args[0]);
	status = target_from_pid(&t, (u32)pid);
	if (!status)
		status = snapshot_take(&p, &t, &took);
	if (status)
		return status;
	if (o->json)
		snapshot_json(p.model, p.findings, took, stdout);
	else
		snapshot_text(p.model, p.findings, took, stdout);
	if (o->check && pipeline_errors(&p))
		status = EXIT_FINDING;
	pipeline_close(&p);
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
		status = snapshot_pid(&o);
	}
	options_free(&o);
	return status;
}

const struct command command_snapshot = {
	.name = "snapshot",
	.args = "PID [--json] [--check]",
	.summary = "tell who holds and who waits now, without tracing or stopping the process",
	.help = "Finds a deadlock that is older than the call.\n\n",
	.run = snapshot,
};

/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/session.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "trace/recording.h"

#include <stdio.h>
#include <sys/stat.h>

static int record_target(struct target *t, const struct options *o)
{
	*t = (struct target){0};
	if ((o->pid != 0) + (o->name != NULL) + o->system +
			(o->command != NULL || o->arg_count > 0) !=
		1)
		return usage_error("give one thing to watch: SCENARIO, -p PID, -a or -- COMMAND");
	if (o->pace && (o->pid || o->name || o->system))
		return usage_error("--pace slows a program that is launched; what runs already is "
				   "left alone");
	if (o->system) {
		*t = (struct target){.kind = TARGET_SYSTEM, .name = "the whole machine"};
		return 0;
	}
	if (o->pid)
		return target_from_pid(t, o->pid);
	if (o->name)
		return target_by_name(t, o->name);
	return target_from_arguments(t, o);
}

/* The file itself says how many it has: the disk may have been full. */
static u64 events_written(const char *output, const struct model *m)
{
	struct recording *r;
	u64 n = m->events;

	if (!recording_open(&r, output)) {
		n = recording_events(r);
		recording_close(r);
	}
	return n;
}

static void record_summary(const char *output, const struct model *m)
{
	char span[32], size[32];
	struct stat st = {0};

	stat(output, &st);
	fmt_duration(span, sizeof(span), m->now - m->start);
	fmt_bytes(size, sizeof(size), (u64)st.st_size);
	fprintf(stderr, tr("threadline: recorded %llu events in %s, %llu lost; %s, %s\n"),
		(unsigned long long)events_written(output, m), span, (unsigned long long)m->lost,
		output, size);
	fprintf(stderr, tr("threadline: to read it: threadline report %s\n"), output);
}

static void record_kept(const char *written)
{
	if (written)
		fprintf(stderr, tr("threadline: to read it: threadline report %s\n"), written);
	else
		fprintf(stderr, tr("threadline: nothing was written: no such finding came\n"));
}

static int record_session(const struct target *target, const struct options *o)
{
	struct session *s;
	int status = session_start(&s, target, o, false, NULL);

	if (!status) {
		session_wait(s);
		status = session_stop(s);
		if (!o->quiet && o->keep)
			record_kept(session_written(s));
		else if (!o->quiet)
			record_summary(o->output, session_result(s)->model);
	}
	session_free(s);
	return status;
}

static int record(int argc, char **argv)
{
	struct options o;
	struct target target = {0};
	int status = options_read(&o, argc, argv, OPT_RECORD);

	if (!status && o.help) {
		extern const struct command command_record;

		command_help(&command_record);
		options_help(OPT_RECORD);
	} else if (!status) {
		status =
			o.output ? record_target(&target, &o) : usage_error("record needs -o FILE");
		if (!status)
			status = record_session(&target, &o);
		target_free(&target);
	}
	options_free(&o);
	return status;
}

const struct command command_record = {
	.name = "record",
	.args = "-o FILE (SCENARIO[/VARIANT] | -p PID | -a | -- COMMAND [ARG...])",
	.summary = N_("record a session into a file, without a screen"),
	.help = N_("Ends when the target ends, after --duration, or on SIGINT or SIGTERM; the file "
		   "is\n"
		   "complete then. The exit status is that of a program it launched.\n"
		   "With --keep only the last seconds stay, in memory: each SIGUSR1, each finding\n"
		   "that --on names, and without --on the end writes them, into FILE, FILE-2, ...\n"
		   "\n"),
	.run = record,
};

/* SPDX-License-Identifier: MIT */
/* RFC 4180; docs/export.md describes the columns. */
#include "export/spans.h"

#include "core/lang.h"

#include <string.h>

/*
 * In quotes, quotes doubled. What a spreadsheet would take for a formula gets an apostrophe before
 * it. Names hold no line breaks by then.
 */
static void csv_text(FILE *out, const char *text)
{
	fputc('"', out);
	if (*text && strchr("=+-@", *text))
		fputc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void csv_known(FILE *out, bool known, u64 value)
{
	if (known)
		fprintf(out, ",%llu", (unsigned long long)value);
	else
		fputc(',', out);
}

static int csv_span(const struct export_job *job, const struct export_span *s, void *ctx)
{
	FILE *out = job->out;

	(void)ctx;
	fprintf(out, "%s,%u,", s->lane, s->id);
	csv_text(out, s->name);
	csv_known(out, s->pid != 0, s->pid);
	fprintf(out, ",%s,%llu,%llu", s->state, (unsigned long long)s->from,
		(unsigned long long)s->until);
	csv_known(out, s->cpu != EVENT_NO_CPU, s->cpu);
	fputc(',', out);
	csv_text(out, s->what);
	csv_known(out, s->lock != 0, s->lock);
	csv_known(out, s->by_tid != 0, s->by_tid);
	csv_known(out, s->has_value, s->value);
	fprintf(out, ",%d,%d\n", s->preempted, s->sampled);
	return ferror(out) ? export_result(job) : 0;
}

static int csv_write(const struct export_job *job)
{
	int err;

	fputs("lane,id,name,pid,state,from_ns,until_ns,cpu,what,lock,by_tid,value,preempted,"
	      "sampled\n",
		job->out);
	err = export_spans(job, false, csv_span, NULL);
	return err ? err : export_result(job);
}

const struct export_ops export_csv = {
	.name = "csv",
	.summary = N_("every span as a line, for spreadsheets and data frames"),
	.program = true,
	.write = csv_write,
};

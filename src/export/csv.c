/* SPDX-License-Identifier: MIT */
#include "export/spans.h"

#include <string.h>

/* RFC 4180: in quotes, quotes doubled. Names hold no line breaks by then. */
static void csv_text(FILE *out, const char *text)
{
	fputc('"', out);
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
	(void)ctx;
	fprintf(job->out, "%s,%u,", s->lane, s->id);
	csv_text(job->out, s->name);
	csv_known(job->out, s->pid != 0, s->pid);
	fprintf(job->out, ",%s,%llu,%llu", s->state, (unsigned long long)s->from,
		(unsigned long long)s->until);
	csv_known(job->out, s->cpu != EVENT_NO_CPU, s->cpu);
	csv_known(job->out, s->lock != 0, s->lock);
	csv_known(job->out, s->by_tid != 0, s->by_tid);
	csv_known(job->out, !strcmp(s->lane, "lock") || !strcmp(s->lane, "queue"), s->value);
	fprintf(job->out, ",%d\n", s->sampled);
	return 0;
}

static int csv_write(const struct export_job *job)
{
	fputs("lane,id,name,pid,state,from_ns,until_ns,cpu,lock,by_tid,value,sampled\n", job->out);
	export_spans(job, csv_span, NULL);
	return export_result(job);
}

const struct export_ops export_csv = {
	.name = "csv",
	.summary = "every span as a line, for spreadsheets and data frames",
	.write = csv_write,
};

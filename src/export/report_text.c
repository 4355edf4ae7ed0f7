/* SPDX-License-Identifier: MIT */
/* What happened, for people: what is wrong first, then what each did, at most a screen or so. */
#include "export/report_text.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "core/mem.h"
#include "export/report.h"
#include "export/text_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_TOLD 12
#define GAPS_TOLD     3

char *percent_text(char buf[16], u64 part, u64 whole)
{
	double share = whole ? (double)part / (double)whole * 100 : 0;

	if (!whole)
		snprintf(buf, 16, "-");
	else if (!part)
		snprintf(buf, 16, ".");
	else if (share < 1)
		snprintf(buf, 16, "<1 %%");
	else
		snprintf(buf, 16, "%.0f %%", share);
	return buf;
}

size_t *most_weighty(const u64 *weights, size_t n, size_t max, size_t *shown)
{
	size_t *order = mem_array(n + 1, sizeof(*order));
	bool *taken = mem_array(n + 1, sizeof(*taken));

	for (*shown = 0; *shown < MIN(n, max); ++*shown) {
		size_t best = SIZE_MAX;

		for (size_t i = 0; i < n; i++)
			if (!taken[i] && (best == SIZE_MAX || weights[i] > weights[best]))
				best = i;
		taken[best] = true;
	}
	for (size_t i = 0, k = 0; i < n; i++)
		if (taken[i])
			order[k++] = i;
	free(taken);
	return order;
}

void and_more(FILE *out, size_t all, size_t shown)
{
	if (all > shown)
		fprintf(out, tr("%*sand %zu more (--json has all of them)\n"), INDENT, "",
			all - shown);
}

static void source_word(void *ctx, const char *word)
{
	char *list = ctx;

	snprintf(list + strlen(list), 64 - strlen(list), "%s%s", *list ? "+" : "", word);
}

static void title(const struct model *m, FILE *out)
{
	const struct session_info *info = &m->info;

	fputs(info->target_name[0] ? info->target_name : target_kind_word(info->target), out);
	if (info->target_pid)
		fprintf(out, tr("  pid %u"), info->target_pid);
	fprintf(out, "  %s", DURATION(model_duration(m)));
	if (info->signal > 0)
		fprintf(out, tr("  ended by signal %d (%s)"), info->signal,
			strsignal(info->signal));
	else if (info->exit_code >= 0)
		fprintf(out, tr("  exit status %d"), info->exit_code);
	fputc('\n', out);
}

static void command_line(const struct session_info *info, FILE *out)
{
	if (info->args[0])
		fprintf(out, tr("command line: %s\n"), info->args);
}

static void how_seen(const struct model *m, FILE *out)
{
	static const char *const locks[] = {N_("no locks"),
		N_("of locks only the waits that blocked (what - stands for was not seen)"),
		N_("every lock")};
	struct sight sight = model_sight(m);
	char list[64] = "";

	sources_each(m->info.sources, source_word, list);
	fprintf(out, tr("seen by %s: %s%s; %s events, "), *list ? list : tr("a script"),
		tr(locks[m->info.locks]), sight.switches ? "" : tr(", not who runs"),
		COUNT(m->events));
	if (m->lost)
		fprintf(out, tr("%s LOST\n"), COUNT(m->lost));
	else
		fputs(tr("none lost\n"), out);
	if (m->info.reader_cpu_ppm != ~(u64)0)
		fprintf(out, tr("watching took %.1f %% of a CPU\n"),
			(double)m->info.reader_cpu_ppm / 1e4);
}

#define STAMP(m, at) \
	fmt_stamp((char[40]){0}, 40, (at) > (m)->start ? (at) - (m)->start : 0, NSEC_PER_MSEC)

static void gap(const struct model *m, const struct gap *g, FILE *out)
{
	char of[96];

	if (gap_is_choice(g)) {
		fprintf(out,
			tr("every lock call was seen until %s, from then on only the waits that "
			   "block\n"),
			STAMP(m, g->from));
		return;
	}
	if (g->thread)
		thread_label(m, g->thread, of, sizeof(of));
	else if (g->cpu != EVENT_NO_CPU)
		snprintf(of, sizeof(of), tr("CPU %u"), g->cpu);
	else
		snprintf(of, sizeof(of), tr("the session"));
	fprintf(out,
		tr("%s events of %s were lost from %s to %s: what happened then is not known\n"),
		COUNT(g->lost), of, STAMP(m, g->from), STAMP(m, g->until));
}

static void lost(const struct model *m, FILE *out)
{
	u64 from = TIME_UNKNOWN, until = 0;

	for (size_t i = 0; i < m->gaps.n; i++) {
		if (m->gaps.n <= GAPS_TOLD)
			gap(m, &m->gaps.v[i], out);
		from = MIN(from, m->gaps.v[i].from);
		until = MAX(until, m->gaps.v[i].until);
	}
	if (m->gaps.n > GAPS_TOLD)
		fprintf(out,
			tr("events were lost in %zu gaps from %s to %s: what happened in them is "
			   "not known\n"),
			m->gaps.n, STAMP(m, from), STAMP(m, until));
}

static void finding(const struct model *m, const struct finding *f, FILE *out)
{
	static const char *const signs[] = {"\u00b7", "!", "\u2716"};
	int width = text_terminal_width(out);
	char kind[32];

	snprintf(kind, sizeof(kind), "%s", finding_kind_text(f->ops));
	for (char *c = kind; f->ops->severity == SEVERITY_ERROR && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	fprintf(out, "%s %s  ", signs[f->ops->severity], kind);
	fprintf(out, f->found ? tr("before %s") : "%s", STAMP(m, f->at_ns));
	fputc('\n', out);
	text_wrap(out, f->text, 2 * INDENT, width ? MIN(width, TEXT_WIDTH) : TEXT_WIDTH);
}

static void findings(const struct model *m, const struct findings *f, FILE *out)
{
	size_t n = findings_count(f), shown = MIN(n, FINDINGS_TOLD);
	size_t *order = findings_by_weight(f);

	fputc('\n', out);
	if (!n)
		fputs(tr("Nothing was found wrong.\n"), out);
	for (size_t i = 0; i < shown; i++)
		finding(m, findings_get(f, order[i]), out);
	and_more(out, n, shown);
	free(order);
}

void report_text(const struct model *m, const struct findings *f, FILE *out)
{
	title(m, out);
	command_line(&m->info, out);
	how_seen(m, out);
	lost(m, out);
	findings(m, f, out);
	report_text_processes(m, out);
	report_text_threads(m, out);
	report_text_cpus(m, out);
	report_text_locks(m, out);
	report_text_stacks(m, out);
	report_text_conds(m, out);
	report_text_queues(m, out);
	report_text_coroutines(m, out);
	report_text_blame(m, out);
}

/* SPDX-License-Identifier: MIT */
/* A comparison as text and as threadline.compare/1. */
#include "core/fmt.h"
#include "core/json.h"
#include "core/lang.h"
#include "export/compare.h"
#include "export/report_facts.h"
#include "export/text_table.h"

#include <math.h>
#include <string.h>

#define TEXT_WIDTH 100
#define SAME       0.05 /* a change of less is none worth a line */
#define TEXT_NS    1000 /* nor are durations below this on both sides */

static bool both(const struct compare_thing *t, enum compare_metric metric)
{
	return t->members[0] && t->members[1] && t->known[0][metric] && t->known[1][metric];
}

static bool differs(const struct compare_thing *t, enum compare_metric metric)
{
	double a = t->value[0][metric], b = t->value[1][metric];

	if (compare_metric_unit(metric) == UNIT_NS && a < TEXT_NS && b < TEXT_NS)
		return false;
	return fabs(b - a) > SAME * fmax(fabs(a), fabs(b));
}

static void value_cell(struct text_table *table, enum compare_metric metric, double value)
{
	char buf[32];

	if (compare_metric_unit(metric) == UNIT_NS)
		text_cell(table, "%s", fmt_duration(buf, sizeof(buf), (u64)value));
	else if (value == floor(value))
		text_cell(table, "%s", fmt_grouped(buf, sizeof(buf), (u64)value));
	else
		text_cell(table, "%.1f", value);
}

static void change_cell(struct text_table *table, double a, double b)
{
	char buf[32];

	text_cell(table, "%s", compare_change(buf, sizeof(buf), a, b));
}

static size_t things_text(
	const struct comparison *c, struct text_table *table, enum compare_class class)
{
	size_t same = 0;

	for (size_t i = 0; i < c->things.n; i++) {
		const struct compare_thing *t = &c->things.v[i];

		for (int k = 0; t->class == class && k < METRIC_COUNT; k++) {
			if (!both(t, k))
				continue;
			if (!differs(t, k)) {
				same++;
				continue;
			}
			text_cell(table, "%s %s", trc_table("compared", compare_class_word(class)),
				class == COMPARE_SESSION ? "" : t->name);
			text_cell(table, "%s", compare_metric_word(k));
			value_cell(table, k, t->value[0][k]);
			value_cell(table, k, t->value[1][k]);
			change_cell(table, t->value[0][k], t->value[1][k]);
		}
	}
	return same;
}

static void alone_text(const struct comparison *c, int side, const char *name, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < c->things.n; i++) {
		const struct compare_thing *t = &c->things.v[i];

		if (!t->members[side] || t->members[!side])
			continue;
		fprintf(out, "%s%s %s", any ? tr(", ") : tr("only in "), any ? "" : name,
			any ? "" : ": ");
		fprintf(out, "%s %s", trc_table("compared", compare_class_word(t->class)), t->name);
		any = true;
	}
	if (any)
		fputc('\n', out);
}

static bool finding_alone(const struct comparison *c, int side, const struct finding *f)
{
	return !compare_findings(c, !side, f->ops->kind);
}

static void findings_text(const struct comparison *c, int side, const char *word, FILE *out)
{
	size_t *order = findings_by_weight(c->findings[side]);
	int width = text_terminal_width(out);

	for (size_t i = 0; i < findings_count(c->findings[side]); i++) {
		const struct finding *f = findings_get(c->findings[side], order[i]);

		if (!finding_alone(c, side, f))
			continue;
		fprintf(out, "%s: %s (%s)\n", word, finding_kind_text(f->ops),
			trc_table("severity", severity_word(f->ops->severity)));
		text_wrap(out, f->text ? f->text : "", 2, width ? width : TEXT_WIDTH);
	}
	free(order);
}

static void lost_text(const struct comparison *c, FILE *out)
{
	char n[32];

	for (int side = 0; side < 2; side++)
		if (c->model[side]->lost)
			fprintf(out, tr("%c lost %s events: what it tells may be too small\n"),
				'A' + side, fmt_grouped(n, sizeof(n), c->model[side]->lost));
}

void compare_text(const struct comparison *c, const char *const names[2], FILE *out)
{
	static const char *const titles[] = {NC_("column", "of"), NC_("column", "figure"), ">A",
		">B", NC_("column", ">change"), NULL};
	struct text_table table;
	char name[4096];
	size_t same = 0;

	for (int i = 0; i < 2; i++)
		fprintf(out, "%c  %s\n", 'A' + i,
			fmt_clean(name, sizeof(name), names[i], SIZE_MAX, false));
	fputc('\n', out);
	lost_text(c, out);
	findings_text(c, 0, tr("gone"), out);
	findings_text(c, 1, tr("new"), out);
	text_table_open(&table, titles);
	for (int class = COMPARE_SESSION; class <= COMPARE_QUEUE; class ++)
		same += things_text(c, &table, (enum compare_class) class);
	text_table_close(&table, out, 0, text_terminal_width(out));
	fprintf(out, tr("%zu figures are the same within %d %%\n"), same, (int)(100 * SAME));
	alone_text(c, 0, "A", out);
	alone_text(c, 1, "B", out);
}

static void value_json(
	struct json *j, const char *key, const struct compare_thing *t, int side, int k)
{
	if (!t->known[side][k])
		json_null(j, key);
	else if (compare_metric_unit(k) == UNIT_NS)
		json_u64(j, key, (u64)t->value[side][k]);
	else
		json_double(j, key, t->value[side][k]);
}

static void metrics_json(struct json *j, const struct compare_thing *t)
{
	json_object(j, "figures");
	for (int k = 0; k < METRIC_COUNT; k++) {
		if (!t->known[0][k] && !t->known[1][k])
			continue;
		json_object(j, compare_metric_word(k));
		value_json(j, "a", t, 0, k);
		value_json(j, "b", t, 1, k);
		if (both(t, k) && t->value[0][k] != 0)
			json_double(j, "ratio", t->value[1][k] / t->value[0][k]);
		else
			json_null(j, "ratio");
		json_end(j);
	}
	json_end(j);
}

static void findings_json(struct json *j, const struct comparison *c, const char *key, int side)
{
	json_array(j, key);
	for (size_t i = 0; i < findings_count(c->findings[side]); i++) {
		const struct finding *f = findings_get(c->findings[side], i);

		if (!finding_alone(c, side, f))
			continue;
		json_object(j, NULL);
		json_str(j, "kind", f->ops->kind);
		json_str(j, "severity", severity_word(f->ops->severity));
		json_str(j, "text", f->text ? f->text : "");
		json_end(j);
	}
	json_array_end(j);
}

void compare_json(const struct comparison *c, const char *const names[2], FILE *out)
{
	struct json j;

	json_open(&j, out, true);
	json_object(&j, NULL);
	json_str(&j, "schema", "threadline.compare/1");
	json_str(&j, "a", names[0]);
	json_str(&j, "b", names[1]);
	json_u64(&j, "lost_a", c->model[0]->lost);
	json_u64(&j, "lost_b", c->model[1]->lost);
	json_array(&j, "things");
	for (size_t i = 0; i < c->things.n; i++) {
		const struct compare_thing *t = &c->things.v[i];

		json_object(&j, NULL);
		json_str(&j, "class", compare_class_word(t->class));
		json_str(&j, "name", t->name);
		json_u64(&j, "members_a", t->members[0]);
		json_u64(&j, "members_b", t->members[1]);
		metrics_json(&j, t);
		json_end(&j);
	}
	json_array_end(&j);
	findings_json(&j, c, "findings_gone", 0);
	findings_json(&j, c, "findings_new", 1);
	json_end(&j);
}

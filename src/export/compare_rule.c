/* SPDX-License-Identifier: MIT */
/* Rules that a comparison must not break, for scripts. */
#include "core/fmt.h"
#include "core/lang.h"
#include "export/compare.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

static const char *skip_blank(const char *at)
{
	while (*at == ' ')
		at++;
	return at;
}

static int metric_read(struct compare_rule *rule, const char *word, size_t n)
{
	rule->findings = n == 8 && !memcmp(word, "findings", 8);
	for (int k = 0; !rule->findings; k++) {
		if (k == METRIC_COUNT)
			return -ENOENT;
		rule->metric = (enum compare_metric)k;
		if (strlen(compare_metric_word(k)) == n && !memcmp(compare_metric_word(k), word, n))
			break;
	}
	return 0;
}

/* "1.2x", "5ms", "17" */
static int value_read(struct compare_rule *rule, const char *text)
{
	char *end;
	u64 ns;

	rule->value = strtod(text, &end);
	rule->ratio = end != text && !strcmp(end, "x");
	if (end == text || !isfinite(rule->value) || rule->value < 0)
		return -EINVAL;
	if (rule->ratio || !*end)
		return rule->ratio && rule->findings ? -EINVAL : 0;
	if (rule->findings || compare_metric_unit(rule->metric) != UNIT_NS ||
		fmt_parse_duration(text, &ns))
		return -EINVAL;
	rule->value = (double)ns;
	return 0;
}

int compare_rule_read(struct compare_rule *rule, const char *text, const char **why)
{
	const char *colon = strrchr(text, ':'), *at = skip_blank(text);
	size_t n;

	*rule = (struct compare_rule){0};
	*why = text;
	if (colon) {
		n = (size_t)(colon - at);
		while (n && at[n - 1] == ' ')
			n--;
		if (!n || n >= sizeof(rule->name))
			return -EINVAL;
		memcpy(rule->name, at, n);
		at = skip_blank(colon + 1);
	}
	*why = at;
	n = strcspn(at, " <>");
	if (metric_read(rule, at, n))
		return n ? -ENOENT : -EINVAL;
	at = *why = skip_blank(at + n);
	if (*at != '>' && *at != '<')
		return -EINVAL;
	rule->op = *at == '>' ? RULE_MORE : RULE_LESS;
	*why = at = skip_blank(at + 1);
	return value_read(rule, at);
}

static bool broken(const struct compare_rule *rule, double value, double limit)
{
	return rule->op == RULE_MORE ? value > limit : value < limit;
}

static void case_tell(const struct compare_rule *rule, const struct compare_thing *t, FILE *out)
{
	double a = t->value[0][rule->metric], b = t->value[1][rule->metric];
	char was[32], is[32];

	if (compare_metric_unit(rule->metric) == UNIT_NS) {
		fmt_duration(was, sizeof(was), (u64)a);
		fmt_duration(is, sizeof(is), (u64)b);
	} else {
		snprintf(was, sizeof(was), "%.4g", a);
		snprintf(is, sizeof(is), "%.4g", b);
	}
	fprintf(out, tr("%s %s: %s was %s, is %s\n"),
		trc_table("compared", compare_class_word(t->class)), t->name,
		compare_metric_word(rule->metric), was, is);
}

static enum verdict findings_judge(
	const struct comparison *c, const struct compare_rule *rule, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < findings_count(c->findings[1]); i++) {
		const struct finding *f = findings_get(c->findings[1], i);

		if (f->ops->severity == SEVERITY_INFO || compare_findings(c, 0, f->ops->kind))
			continue;
		n++;
		fprintf(out, tr("new finding %s: %s\n"), finding_kind_text(f->ops),
			f->text ? f->text : "");
	}
	return broken(rule, (double)n, rule->value) ? VERDICT_FAILS : VERDICT_HOLDS;
}

enum verdict compare_judge(const struct comparison *c, const struct compare_rule *rule, FILE *out)
{
	enum verdict verdict = VERDICT_UNKNOWN;

	if (rule->findings)
		return findings_judge(c, rule, out);
	for (size_t i = 0; i < c->things.n; i++) {
		const struct compare_thing *t = &c->things.v[i];
		double limit = rule->ratio ? rule->value * t->value[0][rule->metric] : rule->value;

		if (rule->name[0] && strcmp(rule->name, t->name) != 0)
			continue;
		if (!t->known[1][rule->metric] || (rule->ratio && !t->known[0][rule->metric]))
			continue;
		if (verdict == VERDICT_UNKNOWN)
			verdict = VERDICT_HOLDS;
		if (!broken(rule, t->value[1][rule->metric], limit))
			continue;
		verdict = VERDICT_FAILS;
		case_tell(rule, t, out);
	}
	return verdict;
}

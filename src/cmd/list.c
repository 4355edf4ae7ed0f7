/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/lines.h"
#include "cmd/options.h"
#include "core/json.h"
#include "core/lang.h"
#include "core/types.h"
#include "findings/findings.h"
#include "scenario.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define X(name) extern const struct finding_ops finding_##name;
FINDINGS(X)
#undef X

static const struct finding_ops *const kinds[] = {
#define X(name) &finding_##name,
	FINDINGS(X)
#undef X
};

static bool has_word(const char *const *words, const char *word)
{
	for (; words && *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

static void list_words(struct json *j, const char *key, const char *const *words)
{
	json_array(j, key);
	for (; words && *words; words++)
		json_str(j, NULL, *words);
	json_array_end(j);
}

/* Every error that it need not give, and what it names itself. */
static void list_forbidden(struct json *j, const struct scenario_variant *v)
{
	json_array(j, "forbid");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (has_word(v->forbid, kinds[i]->kind) ||
			(kinds[i]->severity == SEVERITY_ERROR &&
				!has_word(v->expect, kinds[i]->kind)))
			json_str(j, NULL, kinds[i]->kind);
	json_array_end(j);
}

static void list_variant(struct json *j, const struct scenario_variant *v)
{
	json_object(j, NULL);
	json_str(j, "name", v->name);
	json_str(j, "summary", v->summary);
	list_words(j, "expect", v->expect);
	list_forbidden(j, v);
	json_end(j);
}

static void list_parameter(struct json *j, const struct scenario_parameter *p)
{
	json_object(j, NULL);
	json_str(j, "name", p->name);
	json_s64(j, "value", p->value);
	json_s64(j, "least", p->least);
	json_s64(j, "most", p->most);
	json_str(j, "what", p->what);
	json_end(j);
}

static void list_scenario(struct json *j, const struct scenario *s)
{
	json_object(j, NULL);
	json_str(j, "name", s->name);
	json_str(j, "title", s->title);
	json_str(j, "teaches", s->teaches);
	json_array(j, "variants");
	for (const struct scenario_variant *v = s->variants; v->name; v++)
		list_variant(j, v);
	json_array_end(j);
	json_array(j, "parameters");
	for (const struct scenario_parameter *p = s->parameters; p && p->name; p++)
		list_parameter(j, p);
	json_array_end(j);
	json_end(j);
}

static void list_json(void)
{
	struct json j;

	json_open(&j, stdout, true);
	json_array(&j, NULL);
	for (const struct scenario *const *s = scenario_table; *s; s++)
		list_scenario(&j, *s);
	json_array_end(&j);
}

static void print_variant(const struct scenario *s, const struct scenario_variant *v)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/%s", s->name, v->name);
	printf("  %-22s ", name);
	print_wrapped(tr(v->summary), 25);
	for (size_t i = 0; v->expect && v->expect[i]; i++)
		printf("%s%s", i ? ", " : tr("                         finds: "), v->expect[i]);
	if (v->expect && v->expect[0])
		putchar('\n');
}

static void print_scenario(const struct scenario *s)
{
	printf("%s\n  ", tr(s->title));
	print_wrapped(tr(s->teaches), 2);
	for (const struct scenario_variant *v = s->variants; v->name; v++)
		print_variant(s, v);
	for (const struct scenario_parameter *p = s->parameters; p && p->name; p++)
		printf("    --set %s=%ld  %s\n", p->name, p->value, tr(p->what));
	putchar('\n');
}

static void list_text(void)
{
	for (const struct scenario *const *s = scenario_table; *s; s++)
		print_scenario(*s);
	puts(tr("Play one with 'threadline run NAME'; a name without a variant plays the first."));
}

static int list(int argc, char **argv)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
		{"lang", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'}, {0}};
	bool json = false, help = false;
	int c;

	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == '?')
			return usage_error("unknown option '%s'", argv[optind - 1]);
		if (c == 'l' && option_lang(optarg))
			return usage_error("--%s cannot be '%s'", "lang", optarg);
		json |= c == 'j';
		help |= c == 'h';
	}
	if (optind < argc)
		return usage_error("list takes no '%s'", argv[optind]);
	if (help) {
		extern const struct command command_list;

		command_help(&command_list);
		return 0;
	}
	if (json)
		list_json();
	else
		list_text();
	if (fflush(stdout) || ferror(stdout))
		return could_not("cannot write the list: %s", strerror(errno));
	return 0;
}

const struct command command_list = {
	.name = "list",
	.args = "[--json]",
	.summary = N_("name the scenarios, what each teaches and what it must show"),
	.help = N_("      --json               as a JSON document\n"
		   "      --lang LANG          en or zh; as the locale says unless given\n"
		   "  -h, --help               this text\n"),
	.run = list,
};

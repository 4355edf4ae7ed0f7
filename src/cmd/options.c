/* SPDX-License-Identifier: MIT */
#include "cmd/options.h"

#include "cmd/command.h"
#include "core/fmt.h"
#include "core/lang.h"
#include "core/log.h"
#include "findings/findings.h"
#include "tui/config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_output(struct options *o, const char *arg)
{
	o->output = arg;
	return *arg ? 0 : -EINVAL;
}

static int set_word(const char *arg, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(arg, words[i]))
			return (int)i;
	return -EINVAL;
}

static int set_locks(struct options *o, const char *arg)
{
	static const char *const words[] = {"auto", "all", "contended", "none"};
	int i = set_word(arg, words, ARRAY_LEN(words));

	o->locks = i < 0 ? WISH_AUTO : (enum locks_wish)i;
	return MIN(i, 0);
}

static int set_source(struct options *o, const char *arg)
{
	static const char *const words[] = {"auto", "bpf", "perf", "shim"};
	int i = set_word(arg, words, ARRAY_LEN(words));

	o->source = words[MAX(i, 0)];
	return MIN(i, 0);
}

static int set_colour(struct options *o, const char *arg)
{
	static const char *const words[] = {"auto", "always", "never"};
	int i = set_word(arg, words, ARRAY_LEN(words));

	o->colour = i < 0 ? COLOUR_AUTO : (enum colour_mode)i;
	return MIN(i, 0);
}

int option_lang(const char *arg)
{
	int err = lang_use(arg);

	if (err == -ENOENT)
		log_note(LOG_WARN, "the translations are not beside threadline (share/locale), so "
				   "this is English; build with msgfmt, of the package gettext");
	return err == -EINVAL ? err : 0;
}

static int set_lang(struct options *o, const char *arg)
{
	o->lang = arg;
	return option_lang(arg);
}

#define TEXT(field)                                                \
	static int set_##field(struct options *o, const char *arg) \
	{                                                          \
		o->field = arg;                                    \
		return *arg ? 0 : -EINVAL;                         \
	}
TEXT(script)
TEXT(name)
TEXT(to)
TEXT(from)
TEXT(until)
TEXT(at)
TEXT(caption)
TEXT(view)
TEXT(filter)

static int set_compare(struct options *o, const char *arg)
{
	o->compare = arg ? arg : "";
	return 0;
}

static int set_theme(struct options *o, const char *arg)
{
	static const char *const words[] = {"light", "dark"};

	o->theme = arg;
	return MIN(set_word(arg, words, ARRAY_LEN(words)), 0);
}

#define WIDTH_MOST \
	16383 /* CSS pixels: a picture has twice as many, and cairo's are less than 2^15 */

static int set_width(struct options *o, const char *arg)
{
	char *end;
	long width = strtol(arg, &end, 10);

	if (*end || width < 320 || width > WIDTH_MOST)
		return -EINVAL;
	o->width = (int)width;
	return 0;
}

static int set_size(struct options *o, const char *arg)
{
	char end;

	if (sscanf(arg, "%dx%d%c", &o->columns, &o->rows, &end) != 2)
		return -EINVAL;
	return o->columns < 20 || o->columns > 500 || o->rows < 5 || o->rows > 200 ? -EINVAL : 0;
}

static int set_pid(struct options *o, const char *arg)
{
	char *end;
	unsigned long pid = strtoul(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || !pid || pid > INT32_MAX)
		return -EINVAL;
	o->pid = (u32)pid;
	return 0;
}

static int set_memory(struct options *o, const char *arg)
{
	int err = fmt_parse_size(arg, &o->memory);

	return err ? err : o->memory < 1 << 20 ? -EINVAL : 0;
}

/* A bare number is one of seconds. */
static int set_seconds(u64 *ns, const char *arg)
{
	char *end;
	double seconds = strtod(arg, &end);

	if (*arg >= '0' && *arg <= '9' && !*end && seconds > 0 && seconds < 1e9) {
		*ns = (u64)(seconds * 1e9);
		return 0;
	}
	return fmt_parse_duration(arg, ns) || !*ns ? -EINVAL : 0;
}

static int set_duration(struct options *o, const char *arg)
{
	return set_seconds(&o->duration, arg);
}

static int set_keep(struct options *o, const char *arg)
{
	return set_seconds(&o->keep, arg);
}

/* "any", or kinds with commas between them. */
static int set_on(struct options *o, const char *arg)
{
	o->on = arg;
	if (!strcmp(arg, "any"))
		return 0;
	for (size_t n; *arg; arg += n + (arg[n] == ',')) {
		n = strcspn(arg, ",");
		if (!finding_is_kind(arg, n) || (arg[n] && !arg[n + 1]))
			return -EINVAL;
	}
	return *o->on ? 0 : -EINVAL;
}

static int set_pace(struct options *o, const char *arg)
{
	return fmt_parse_duration(arg, &o->pace);
}

static int set_speed(struct options *o, const char *arg)
{
	char *end;

	o->speed_given = true;
	o->speed = strtod(arg, &end);
	return *end || !(o->speed > 0 && o->speed <= 1e6) ? -EINVAL : 0;
}

static int set_seed(struct options *o, const char *arg)
{
	char *end;

	o->seed = strtoll(arg, &end, 10);
	return *arg < '0' || *arg > '9' || *end || o->seed > UINT32_MAX ? -EINVAL : 0;
}

static int set_set(struct options *o, const char *arg)
{
	if (!strchr(arg, '=') || arg[0] == '=')
		return -EINVAL;
	vec_push(&o->sets, arg);
	return 0;
}

static int set_fail_if(struct options *o, const char *arg)
{
	vec_push(&o->fail_if, arg);
	return 0;
}

#define FLAG(field)                                                \
	static int set_##field(struct options *o, const char *arg) \
	{                                                          \
		(void)arg;                                         \
		o->field = true;                                   \
		return 0;                                          \
	}
FLAG(system)
FLAG(ascii)
FLAG(plain)
FLAG(no_mouse)
FLAG(light)
FLAG(quiet)
FLAG(verbose)
FLAG(json)
FLAG(check)
FLAG(stacks)
FLAG(with_args)
FLAG(help)

/* Like --help it does nothing else. */
static int print_config(struct options *o, const char *arg)
{
	struct config c;

	(void)o;
	(void)arg;
	config_load(&c);
	config_print(&c, stdout);
	exit(fflush(stdout) ? EXIT_COULD_NOT : 0);
}

static const struct option_entry {
	const char *name;
	char letter;
	const char *arg; /* NULL: takes none; "[=X]": may have one */
	u32 commands;
	int (*set)(struct options *o, const char *arg);
	const char *help;
} option_table[] = {
	{"output", 'o', "FILE", OPT_LIVE, set_output, N_("record into FILE")},
	{"pid", 'p', "PID", OPT_ATTACH | OPT_RECORD, set_pid, N_("watch this process")},
	{"name", 0, "COMM", OPT_ATTACH | OPT_RECORD, set_name,
		N_("watch the process of this name")},
	{"all", 'a', NULL, OPT_RECORD, set_system, N_("watch the whole machine")},
	{"duration", 0, "SECONDS", OPT_LIVE, set_duration, N_("end after this time")},
	{"keep", 0, "TIME", OPT_LIVE, set_keep,
		N_("keep the last TIME only, in memory; SIGUSR1 or the end writes FILE")},
	{"on", 0, "KINDS", OPT_LIVE, set_on,
		N_("with --keep: write when such a finding comes (any, deadlock, ...)")},
	{"locks", 0, "WHICH", OPT_LIVE, set_locks, N_("auto, all, contended or none")},
	{"source", 0, "RUNG", OPT_LIVE, set_source, N_("auto, bpf, perf or shim")},
	{"memory", 0, "SIZE", OPT_LIVE | OPT_REPLAY, set_memory,
		N_("keep at most SIZE (live: 512M), oldest forgotten first")},
	{"speed", 0, "X", OPT_RUN | OPT_RECORD | OPT_REPLAY, set_speed,
		N_("a scenario's pauses, or a replay, X times as fast")},
	{"pace", 0, "TIME", OPT_RUN | OPT_RECORD, set_pace,
		N_("slow the program down: wait TIME at each lock, queue or wait call")},
	{"seed", 0, "N", OPT_RUN | OPT_RECORD, set_seed, N_("a scenario's random numbers")},
	{"set", 0, "KEY=VALUE", OPT_RUN | OPT_RECORD, set_set, N_("a scenario's parameter")},
	{"compare", 0, "[=VARIANT]", OPT_RUN, set_compare,
		N_("run another variant too, and show both on one axis")},
	{"fail-if", 0, "RULE", OPT_COMPARE, set_fail_if, N_("status 3 where RULE is met")},
	{"json", 0, NULL, OPT_REPORT | OPT_SNAPSHOT | OPT_COMPARE, set_json,
		N_("as a JSON document")},
	{"check", 0, NULL, OPT_REPORT | OPT_SNAPSHOT, set_check,
		N_("status 3 where a finding is an error")},
	{"stacks", 0, NULL, OPT_SNAPSHOT | OPT_LIVE, set_stacks,
		N_("the stacks of blocked threads too")},
	{"with-args", 0, NULL, OPT_LIVE, set_with_args,
		N_("record the whole command line too, not its first word alone")},
	{"to", 0, "FORMAT", OPT_EXPORT, set_to, N_("what to write")},
	{"output", 'o', "OUT", OPT_EXPORT, set_output, N_("where to; - is stdout")},
	{"from", 0, "TIME", OPT_EXPORT, set_from, N_("leave out what was before")},
	{"until", 0, "TIME", OPT_EXPORT, set_until, N_("leave out what was after")},
	{"at", 0, "TIME", OPT_EXPORT, set_at,
		N_("the moment of a still picture; a line in a figure")},
	{"caption", 0, "TEXT", OPT_EXPORT, set_caption,
		N_("below a figure; the finding's sentence")},
	{"theme", 0, "THEME", OPT_EXPORT, set_theme, N_("light or dark")},
	{"width", 0, "PIXELS", OPT_EXPORT, set_width, N_("of a figure (1280)")},
	{"filter", 0, "FILTER", OPT_EXPORT, set_filter,
		N_("only what fits: \"state:lock dur>1ms thread:worker*\"")},
	{"view", 0, "VIEW", OPT_EXPORT, set_view, N_("of the screen's cells (timeline)")},
	{"size", 0, "COLSxROWS", OPT_EXPORT, set_size, N_("of the screen's cells (120x36)")},
	{"plain", 0, NULL, OPT_RUN | OPT_ATTACH | OPT_REPLAY | OPT_COMPARE, set_plain,
		N_("narrated lines instead of the screen")},
	{"color", 0, "WHEN", OPT_SCREEN, set_colour, N_("auto, always or never")},
	{"ascii", 0, NULL, OPT_SCREEN, set_ascii, N_("draw with ASCII only")},
	{"light", 0, NULL, OPT_SCREEN, set_light, N_("colours for a light background")},
	{"no-mouse", 0, NULL, OPT_SCREEN, set_no_mouse, N_("leave the mouse to the terminal")},
	{"print-config", 0, NULL, OPT_SCREEN, print_config,
		N_("the settings and keys, as a file of them")},
	{"lang", 0, "LANG", OPT_ALL, set_lang, N_("en or zh; as the locale says unless given")},
	{"script", 0, "FILE", OPT_REPLAY | OPT_COMPARE, set_script,
		N_("play keys and save screens as FILE says, without a terminal")},
	{"quiet", 'q', NULL, OPT_ALL, set_quiet, N_("only errors on stderr")},
	{"verbose", 'v', NULL, OPT_ALL, set_verbose, N_("tell more on stderr")},
	{"help", 'h', NULL, OPT_ALL, set_help, N_("this text")},
};

#define OPTION_COUNT ARRAY_LEN(option_table)

static int option_takes(const struct option_entry *e)
{
	if (!e->arg)
		return no_argument;
	return *e->arg == '[' ? optional_argument : required_argument;
}

static void option_tables(u32 command, struct option *longs, char *shorts)
{
	size_t n = 0;

	*shorts++ = ':';
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_entry *e = &option_table[i];

		if (!(e->commands & command))
			continue;
		longs[n++] = (struct option){e->name, option_takes(e), NULL, 256 + (int)i};
		if (!e->letter)
			continue;
		*shorts++ = e->letter;
		if (e->arg)
			*shorts++ = ':';
	}
	longs[n] = (struct option){0};
	*shorts = 0;
}

static int option_unknown(const char *given, u32 command)
{
	const char *names[OPTION_COUNT], *near;
	char word[64];
	size_t n = 0;

	if (strncmp(given, "--", 2) != 0)
		return usage_error("unknown option '%s'", given);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (option_table[i].commands & command)
			names[n++] = option_table[i].name;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(given + 2, "="), given + 2);
	near = fmt_nearest(word, names, n);
	if (near)
		return usage_error("unknown option '--%s'; did you mean '--%s'?", word, near);
	return usage_error("unknown option '--%s'", word);
}

static const struct option_entry *option_by_code(int code)
{
	if (code >= 256)
		return &option_table[code - 256];
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (option_table[i].letter == code)
			return &option_table[i];
	return NULL;
}

static int options_cut_command(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		o->command = argv + i + 1;
		return i;
	}
	return argc;
}

int options_read(struct options *o, int argc, char **argv, u32 command)
{
	struct option longs[OPTION_COUNT + 1];
	char shorts[2 * OPTION_COUNT + 2];
	int code;

	*o = (struct options){.source = "auto", .seed = -1, .speed = 1};
	argc = options_cut_command(o, argc, argv);
	option_tables(command, longs, shorts);
	optind = 0;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_entry *e = option_by_code(code);

		if (code == ':')
			return usage_error("option '%s' needs a value", argv[optind - 1]);
		if (code == '?' || !e)
			return option_unknown(argv[optind - 1], command);
		if (e->set(o, optarg) < 0)
			return usage_error("--%s cannot be '%s'", e->name, optarg);
	}
	if (o->keep && !o->output && !o->help)
		return usage_error("--keep needs -o FILE");
	if (o->on && !o->keep)
		return usage_error("--on needs --keep");
	o->args = argv + optind;
	o->arg_count = argc - optind;
	log_level_set(o->quiet ? LOG_ERROR : o->verbose ? LOG_DEBUG : LOG_WARN);
	return 0;
}

void options_free(struct options *o)
{
	vec_free(&o->sets);
	vec_free(&o->fail_if);
}

void options_help(u32 command)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_entry *e = &option_table[i];
		char left[64], letter[8] = "    ";

		if (!(e->commands & command))
			continue;
		if (e->letter)
			snprintf(letter, sizeof(letter), "-%c, ", e->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, e->name,
			e->arg && *e->arg != '[' ? " " : "", e->arg ? e->arg : "");
		printf("  %-24s %s\n", left, tr(e->help));
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * Golden screens. A case is a file NAME.screen here:
 *
 *	# words about it
 *	fixture philosophers.txt   a script of events beside it
 *	beside queue.txt           a second one: both on one axis
 *	size 80x24
 *	mode utf8 | ascii | colours | mono
 *	live                       follow the live edge; else a recording
 *	lesson race/unlocked       with the lesson of a scenario
 *	title                      the card in front of it
 *	ended                      the program has ended
 *	lang zh                    in Chinese; else in English
 *	keys n { /ab Enter         each followed by a frame; words are typed letter by letter
 *	---
 *	the screen
 *
 * colours adds the grid's colours as letters, mono the attributes of a terminal without colour.
 * With --update the part below --- is written; look at the difference before believing it.
 */
#include "core/fmt.h"
#include "core/lang.h"
#include "findings/findings.h"
#include "scenario.h"
#include "source/source.h"
#include "trace/trace.h"
#include "tui/card.h"
#include "tui/shown.h"
#include "tui/theme.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

struct screen_case {
	const char *path;
	char head[8192]; /* as it stands in the file, with the --- line */
	char *expected;
	char fixture[256], beside[256], mode[16], keys[1024];
	int width, height;
	char lesson[64];
	bool live, title, ended;
	struct lesson_words words;
	struct story *story;
	struct trace *trace; /* of the one that is shown alone */
	enum lang lang;
};

static const struct {
	const char *name;
	u32 key;
} key_names[] = {
	{"Up", KEY_UP_},
	{"Down", KEY_DOWN_},
	{"Left", KEY_LEFT_},
	{"Right", KEY_RIGHT_},
	{"Home", KEY_HOME_},
	{"End", KEY_END_},
	{"PgUp", KEY_PGUP_},
	{"PgDn", KEY_PGDN_},
	{"Tab", KEY_TAB_},
	{"Enter", KEY_ENTER_},
	{"Esc", KEY_ESC_},
	{"Backspace", KEY_BACKSPACE_},
	{"Space", ' '},
};

static char *file_read(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t n = 0, room = 0;

	if (!in)
		return NULL;
	do {
		room += 65536;
		text = mem_resize(text, room + 1, 1);
		n += fread(text + n, 1, room - n, in);
	} while (n == room);
	text[n] = 0;
	fclose(in);
	return text;
}

static void case_word(struct screen_case *c, const char *word, const char *rest)
{
	if (!strcmp(word, "fixture"))
		snprintf(c->fixture, sizeof(c->fixture), "%s", rest);
	else if (!strcmp(word, "beside"))
		snprintf(c->beside, sizeof(c->beside), "%s", rest);
	else if (!strcmp(word, "size"))
		sscanf(rest, "%dx%d", &c->width, &c->height);
	else if (!strcmp(word, "mode"))
		snprintf(c->mode, sizeof(c->mode), "%s", rest);
	else if (!strcmp(word, "keys"))
		snprintf(c->keys, sizeof(c->keys), "%s", rest);
	else if (!strcmp(word, "lang"))
		c->lang = strcmp(rest, "zh") ? LANG_EN : LANG_ZH;
	else if (!strcmp(word, "live"))
		c->live = true;
	else if (!strcmp(word, "lesson"))
		snprintf(c->lesson, sizeof(c->lesson), "%s", rest);
	else if (!strcmp(word, "title"))
		c->title = true;
	else if (!strcmp(word, "ended"))
		c->ended = true;
	else
		die("%s: what is '%s'?", c->path, word);
}

static void case_read(struct screen_case *c, const char *path)
{
	char *text = file_read(path), *body;
	char line[1024];

	*c = (struct screen_case){.path = path, .mode = "utf8", .width = 80, .height = 24};
	body = text ? strstr(text, "\n---\n") : NULL;
	if (!body)
		die("%s: no line ---", path);
	snprintf(c->head, sizeof(c->head), "%.*s", (int)(body + 5 - text), text);
	c->expected = mem_strdup(body + 5);
	for (const char *p = text; p <= body; p += strcspn(p, "\n") + 1) {
		char *rest;

		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
		rest = line + strcspn(line, " ");
		if (*rest)
			*rest++ = 0;
		if (line[0] && line[0] != '#')
			case_word(c, line, rest);
	}
	free(text);
}

static void case_words(struct screen_case *c)
{
	const struct scenario *s;
	const struct scenario_variant *v = scenario_find(c->lesson, &s);
	const struct lesson_variant *lesson = lesson_find(c->lesson);

	if (!v || !lesson)
		die("%s: no lesson %s", c->path, c->lesson);
	c->words = (struct lesson_words){c->lesson, s->title, s->teaches, v->summary, lesson};
}

static struct model *case_model(struct screen_case *c, const char *fixture)
{
	struct order *order = order_new();
	const struct event *events;
	struct session_info info;
	struct model *m;
	char path[512], error[256];
	FILE *in;
	size_t n;

	snprintf(path, sizeof(path), TL_SCREENS "/%s", fixture);
	in = fopen(path, "r");
	if (!in || synth_parse(in, order, error, sizeof(error)))
		die("%s: %s: %s", c->path, path, in ? error : "cannot be read");
	fclose(in);
	session_info_init(&info);
	info.locks = LOCKS_ALL;
	snprintf(info.arch, sizeof(info.arch), "x86_64");
	m = model_new(&info);
	if (c->lesson[0]) {
		case_words(c);
		c->story = story_new(m, c->words.lesson);
	}
	n = order_release(order, ~0ull, &events);
	model_feed(m, events, n);
	trace_append(c->trace, events, n);
	order_free(order);
	return m;
}

static void dump_mono(const struct grid *g, FILE *out)
{
	static const char letters[] = " brRuUxX"; /* bold 1, reverse 2, underline 4 */
	const struct theme mono = {0};

	for (int y = 0; y < g->height; y++) {
		char line[1024];
		int end = 0;

		for (int x = 0; x < g->width; x++) {
			line[x] = letters[theme_paint(&mono, &g->cells[y * g->width + x]).attr & 7];
			if (line[x] != ' ')
				end = x + 1;
		}
		fprintf(out, "%.*s\n", end, line);
	}
}

/* The key's name, or the first character of what is typed; the bytes of word it took. */
static size_t key_of(const char *word, u32 *key)
{
	for (size_t i = 0; i < ARRAY_LEN(key_names); i++)
		if (!strcmp(word, key_names[i].name)) {
			*key = key_names[i].key;
			return strlen(word);
		}
	return fmt_utf8_decode(word, strlen(word), key);
}

static void no_lock(void *ctx)
{
	(void)ctx;
}

static void case_status(void *ctx, struct ui_status *status)
{
	const struct screen_case *c = ctx;

	*status = (struct ui_status){.title = "scenario/variant  pid 10",
		.rung = "bpf+shim",
		.rung_note = "",
		.live = c->live,
		.events_per_s = 8200,
		.cost = 0.002,
		.output = "one\ntwo\n",
		.ended = c->ended,
		.trace = c->beside[0] ? NULL : c->trace,
		.event_text = synth_print,
		.story = c->story,
		.lesson = c->story ? &c->words : NULL};
}

static int both_there(void *ctx)
{
	(void)ctx;
	return 2;
}

static size_t six_figures(void *ctx, struct pair_figure *figures, size_t max)
{
	size_t n = MIN(max, 6);

	(void)ctx;
	for (size_t i = 0; i < n; i++) {
		figures[i] = (struct pair_figure){
			.a = "6.20 s", .b = "601 ms", .change = "-90 %", .colour = COLOUR_GOOD};
		snprintf(figures[i].what, sizeof(figures[i].what), "figure %zu", i + 1);
	}
	return n;
}

static struct findings *host_open(struct tui_host *h, struct screen_case *c, struct model *m)
{
	struct findings *f = findings_new();

	findings_update(f, m, c->ended);
	if (c->story)
		story_findings(c->story, f);
	if (c->story && c->ended)
		story_ended(c->story);
	*h = (struct tui_host){.ctx = c,
		.model = m,
		.findings = f,
		.lock = no_lock,
		.unlock = no_lock,
		.status = case_status};
	return f;
}

static void case_keys(struct shown *s, struct grid *g, const char *given)
{
	char *keys = mem_strdup(given);

	for (char *save, *word = strtok_r(keys, " ", &save); word;
		word = strtok_r(NULL, " ", &save))
		while (*word) {
			struct ui_input in = {0};

			word += key_of(word, &in.key);
			shown_key(s, &in);
			shown_draw(s, g, 0);
		}
	free(keys);
}

static char *case_dump(const struct screen_case *c, const struct grid *g)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	grid_dump(g, out, !strcmp(c->mode, "colours"));
	if (!strcmp(c->mode, "mono"))
		dump_mono(g, out);
	fclose(out);
	return text;
}

static char *case_draw(struct screen_case *c)
{
	struct ui_options options = {.ascii = !strcmp(c->mode, "ascii"),
		.colours = strcmp(c->mode, "mono") ? 256 : 0,
		.follow = c->live};
	struct pair_host pair = {
		.name = {"first", "second"}, .there = both_there, .figures = six_figures};
	const char *fixture[] = {c->fixture, c->beside};
	int n = c->beside[0] ? 2 : 1;
	struct grid *g = grid_new(c->width, c->height, options.ascii);
	struct findings *f[2];
	struct model *m[2];
	struct shown s;
	char *text;

	c->trace = trace_new();
	for (int i = 0; i < n; i++) {
		m[i] = case_model(c, fixture[i]);
		f[i] = host_open(&pair.side[i], c, m[i]);
	}
	if (n == 2)
		shown_open_pair(&s, &pair, &options, NULL, !c->live);
	else
		shown_open(&s, &pair.side[0], &options, NULL, !c->live);
	shown_lock(&s);
	shown_draw(&s, g, 0);
	case_keys(&s, g, c->keys);
	shown_unlock(&s);
	if (c->title)
		card_title_draw(g, &c->words);
	text = case_dump(c, g);
	shown_close(&s);
	grid_free(g);
	story_free(c->story);
	trace_free(c->trace);
	for (int i = 0; i < n; i++) {
		findings_free(f[i]);
		model_free(m[i]);
	}
	return text;
}

static void case_write(const struct screen_case *c, const char *text)
{
	FILE *out = fopen(c->path, "w");

	if (!out)
		die("%s: cannot be written", c->path);
	fprintf(out, "%s%s", c->head, text);
	fclose(out);
}

static bool case_run(const char *path, bool update)
{
	struct screen_case c;
	char *text;
	bool same;

	case_read(&c, path);
	if (c.lang == LANG_EN) {
		lang_use("en");
	} else if (lang_use_file(c.lang, TL_CATALOG)) {
		printf("%s: left out: %s was not built (msgfmt)\n", path, TL_CATALOG);
		free(c.expected);
		return true;
	}
	text = case_draw(&c);
	same = !strcmp(text, c.expected);
	if (!same && update)
		case_write(&c, text);
	else if (!same)
		printf("%s is not as it should be. Expected:\n%sbut it is:\n%s", path, c.expected,
			text);
	free(text);
	free(c.expected);
	return same || update;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && !strcmp(argv[1], "--update");
	size_t failed = 0;
	glob_t cases;

	if (glob(TL_SCREENS "/*.screen", 0, NULL, &cases) || cases.gl_pathc == 0)
		die("no screens in " TL_SCREENS);
	for (size_t i = 0; i < cases.gl_pathc; i++)
		failed += !case_run(cases.gl_pathv[i], update);
	printf("%zu screens, %zu not as they should be\n", cases.gl_pathc, failed);
	globfree(&cases);
	return failed ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
#include "tui/keys.h"

#include "core/fmt.h"
#include "tui/tui.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CTRL(c) ((c)&0x1f)

static const struct action_info infos[ACT_COUNT] = {
#define X(NAME, when_, weight_, keys_, word_, help_) \
	[ACT_##NAME] = {when_, weight_, keys_, word_, help_},
	ACTIONS(X)
#undef X
};

static const struct {
	u32 key;
	u8 action;
} bindings[] = {
	{' ', ACT_PAUSE},
	{' ', ACT_GO_ON},
	{' ', ACT_PLAY},
	{' ', ACT_STOP},
	{KEY_LEFT_, ACT_PAN_LEFT},
	{'h', ACT_PAN_LEFT},
	{'a', ACT_PAN_LEFT},
	{KEY_WHEEL_UP_, ACT_PAN_LEFT},
	{KEY_RIGHT_, ACT_PAN_RIGHT},
	{'l', ACT_PAN_RIGHT},
	{'d', ACT_PAN_RIGHT},
	{KEY_WHEEL_DOWN_, ACT_PAN_RIGHT},
	{KEY_S_LEFT_, ACT_PAGE_LEFT},
	{'H', ACT_PAGE_LEFT},
	{KEY_S_RIGHT_, ACT_PAGE_RIGHT},
	{'L', ACT_PAGE_RIGHT},
	{'+', ACT_ZOOM_IN},
	{'=', ACT_ZOOM_IN},
	{'w', ACT_ZOOM_IN},
	{KEY_C_WHEEL_UP_, ACT_ZOOM_IN},
	{'-', ACT_ZOOM_OUT},
	{'s', ACT_ZOOM_OUT},
	{KEY_C_WHEEL_DOWN_, ACT_ZOOM_OUT},
	{'z', ACT_ZOOM_SPAN},
	{'Z', ACT_FIT},
	{'F', ACT_FOLLOW},
	{KEY_HOME_, ACT_FIRST},
	{'0', ACT_FIRST},
	{KEY_END_, ACT_LAST},
	{'$', ACT_LAST},
	{',', ACT_BEFORE},
	{'.', ACT_AFTER},
	{'[', ACT_WAIT_BEFORE},
	{']', ACT_WAIT_AFTER},
	{KEY_UP_, ACT_UP},
	{'k', ACT_UP},
	{KEY_WHEEL_UP_, ACT_UP},
	{KEY_DOWN_, ACT_DOWN},
	{'j', ACT_DOWN},
	{KEY_WHEEL_DOWN_, ACT_DOWN},
	{KEY_PGUP_, ACT_PAGE_UP},
	{CTRL('u'), ACT_PAGE_UP},
	{KEY_PGDN_, ACT_PAGE_DOWN},
	{CTRL('d'), ACT_PAGE_DOWN},
	{'g', ACT_TOP},
	{'G', ACT_BOTTOM},
	{'A', ACT_MARK_A},
	{'B', ACT_MARK_B},
	{'m', ACT_BOOK},
	{'M', ACT_CAPTION},
	{'\'', ACT_BOOK_AFTER},
	{'"', ACT_BOOK_BEFORE},
	{'{', ACT_CAUSE},
	{'r', ACT_ROOT},
	{'}', ACT_EFFECT},
	{'(', ACT_CONTENTION_BEFORE},
	{')', ACT_CONTENTION_AFTER},
	{KEY_ENTER_, ACT_ENTER},
	{'/', ACT_SEARCH},
	{KEY_F3_, ACT_SEARCH},
	{':', ACT_COMMAND},
	{'f', ACT_FILTER},
	{'\\', ACT_FILTER},
	{KEY_F4_, ACT_FILTER},
	{'n', ACT_HIT_AFTER},
	{'N', ACT_HIT_BEFORE},
	{'n', ACT_FINDING_AFTER},
	{'N', ACT_FINDING_BEFORE},
	{'<', ACT_SORT_BEFORE},
	{'>', ACT_SORT_AFTER},
	{'<', ACT_SLOWER},
	{'>', ACT_FASTER},
	{'i', ACT_INVERT},
	{'R', ACT_RAW},
	{'i', ACT_INFO},
	{'I', ACT_INFO},
	{KEY_TAB_, ACT_HALF},
	{KEY_BTAB_, ACT_HALF},
	{KEY_TAB_, ACT_PANE},
	{KEY_BTAB_, ACT_PANE},
	{'u', ACT_ALONE},
	{'e', ACT_END_RUN},
	{'e', ACT_EVENT_AFTER},
	{'E', ACT_EVENT_BEFORE},
	{'y', ACT_SYNC_AFTER},
	{'Y', ACT_SYNC_BEFORE},
	{'x', ACT_FOLD},
	{'X', ACT_FOLD_ALL},
	{'b', ACT_GROUP},
	{'p', ACT_PIN},
	{'o', ACT_ORDER},
	{KEY_F6_, ACT_ORDER},
	{'c', ACT_CPUS},
	{'O', ACT_OUTPUT},
	{'T', ACT_LESSON},
	{'S', ACT_SOURCE},
	{'?', ACT_HELP},
	{KEY_F1_, ACT_HELP},
	{KEY_ESC_, ACT_CANCEL},
	{CTRL('l'), ACT_REFRESH},
	{CTRL('z'), ACT_SUSPEND},
	{'q', ACT_QUIT},
	{'Q', ACT_QUIT},
	{KEY_F10_, ACT_QUIT},
	{CTRL('c'), ACT_QUIT},
	{CTRL('\\'), ACT_QUIT},
};

const struct action_info *action_info(enum action a)
{
	return &infos[a < ACT_COUNT ? a : ACT_NONE];
}

enum action key_action(u32 key, u32 now)
{
	if (key >= '1' && key <= '9')
		return ACT_VIEW;
	for (size_t i = 0; i < ARRAY_LEN(bindings); i++) {
		u32 when = infos[bindings[i].action].when;

		if (bindings[i].key == key && (when & now) == when)
			return (enum action)bindings[i].action;
	}
	return ACT_NONE;
}

static const char *const action_names[ACT_COUNT] = {[ACT_NONE] = "none",
#define X(NAME, when_, weight_, keys_, word_, help_) [ACT_##NAME] = #NAME,
	ACTIONS(X)
#undef X
};

char *action_name(enum action a, char *buf, size_t size)
{
	snprintf(buf, size, "%s", action_names[a < ACT_COUNT ? a : ACT_NONE]);
	for (char *p = buf; *p; p++)
		*p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
	return buf;
}

enum action action_named(const char *word)
{
	char name[40];

	for (enum action a = ACT_NONE + 1; a < ACT_COUNT; a++)
		if (!strcmp(word, action_name(a, name, sizeof(name))))
			return a;
	return ACT_NONE;
}

static const struct {
	const char *name;
	u32 key;
} key_names[] = {
	{"up", KEY_UP_},
	{"down", KEY_DOWN_},
	{"left", KEY_LEFT_},
	{"right", KEY_RIGHT_},
	{"shift-left", KEY_S_LEFT_},
	{"shift-right", KEY_S_RIGHT_},
	{"home", KEY_HOME_},
	{"end", KEY_END_},
	{"pgup", KEY_PGUP_},
	{"pgdn", KEY_PGDN_},
	{"tab", KEY_TAB_},
	{"shift-tab", KEY_BTAB_},
	{"enter", KEY_ENTER_},
	{"esc", KEY_ESC_},
	{"space", ' '},
	{"backspace", KEY_BACKSPACE_},
	{"wheel-up", KEY_WHEEL_UP_},
	{"wheel-down", KEY_WHEEL_DOWN_},
	{"ctrl-wheel-up", KEY_C_WHEEL_UP_},
	{"ctrl-wheel-down", KEY_C_WHEEL_DOWN_},
};

u32 key_named(const char *word)
{
	size_t n = strlen(word);
	u32 key;
	int f, used = 0;

	for (size_t i = 0; i < ARRAY_LEN(key_names); i++)
		if (!strcasecmp(word, key_names[i].name))
			return key_names[i].key;
	if ((*word == 'f' || *word == 'F') && sscanf(word + 1, "%2d%n", &f, &used) == 1 &&
		(size_t)used + 1 == n && f >= 1 && f <= 10)
		return KEY_F1_ + (u32)f - 1;
	if (n == 2 && word[0] == '^' && word[1] >= '@' && word[1] <= '~')
		return CTRL((u32)word[1]);
	return n && fmt_utf8_decode(word, n, &key) == n && key > ' ' ? key : 0;
}

char *key_name(u32 key, char *buf, size_t size)
{
	char utf8[5] = "";

	for (size_t i = 0; i < ARRAY_LEN(key_names); i++)
		if (key_names[i].key == key) {
			snprintf(buf, size, "%s", key_names[i].name);
			return buf;
		}
	if (key >= KEY_F1_ && key <= KEY_F10_)
		snprintf(buf, size, "f%u", key - KEY_F1_ + 1);
	else if (key && key < ' ')
		snprintf(buf, size, "^%c", (int)(key < 27 ? key + 0x60 : key + 0x40));
	else if (key > ' ' && key < 0x110000 && fmt_utf8_encode(utf8, key))
		snprintf(buf, size, "%s", utf8);
	else
		return NULL;
	return buf;
}

size_t key_bindings(void)
{
	return ARRAY_LEN(bindings);
}

void key_binding(size_t i, u32 *key, enum action *a)
{
	*key = bindings[i].key;
	*a = (enum action)bindings[i].action;
}

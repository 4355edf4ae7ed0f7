/* SPDX-License-Identifier: MIT */
/* One table of keys: what is pressed, what it does, when it means something, and its words. Help
 * and the footer are made from it. */
#ifndef TL_TUI_KEYS_H
#define TL_TUI_KEYS_H

#include "core/types.h"

/* When a key means something; a key with several bits needs all of them. */
#define WHEN_ALWAYS   0x00
#define WHEN_LIVE     0x01
#define WHEN_REPLAY   0x02
#define WHEN_TIME     0x04 /* the view has a time axis */
#define WHEN_LIST     0x08 /* the view or the pane in use is a list */
#define WHEN_FINDINGS 0x10 /* there is one */
#define WHEN_OUTPUT   0x20 /* the target said something */
#define WHEN_SORTED   0x40 /* a table that can be sorted */
#define WHEN_FOLLOW   0x80 /* the live edge is followed */
#define WHEN_STILL    0x100
#define WHEN_PLAYING  0x200
#define WHEN_STOPPED  0x400
#define WHEN_SEARCH   0x800 /* something is searched for */
#define WHEN_QUIET    0x1000
#define WHEN_PAIR     0x2000  /* two are compared */
#define WHEN_LESSON   0x8000  /* a scenario with a lesson */
#define WHEN_FIRST    0x4000  /* and the second waits for the first to end */
#define WHEN_TRACE    0x10000 /* the list of events, and they are kept */

/* X(NAME, when, weight in the footer (0 never), keys in the help, key and word in the footer, help)
 */
#define ACTIONS(X)                                                                                 \
	X(PAUSE, WHEN_LIVE | WHEN_FOLLOW, 90, "space", "space pause",                              \
		"stop following the live edge; nothing is lost")                                   \
	X(GO_ON, WHEN_LIVE | WHEN_STILL, 90, "space", "space go on", "follow the live edge again") \
	X(PLAY, WHEN_REPLAY | WHEN_STOPPED, 90, "space", "space play", "play the recording")       \
	X(STOP, WHEN_REPLAY | WHEN_PLAYING, 90, "space", "space stop", "stop playing")             \
	X(PAN_LEFT, WHEN_TIME, 80, "← h a", "←→ pan", "a tenth of the window to the left")         \
	X(PAN_RIGHT, WHEN_TIME, 0, "→ l d", "", "a tenth of the window to the right")              \
	X(PAGE_LEFT, WHEN_TIME, 0, "S-← H", "", "a whole window to the left")                      \
	X(PAGE_RIGHT, WHEN_TIME, 0, "S-→ L", "", "a whole window to the right")                    \
	X(ZOOM_IN, WHEN_TIME, 79, "+ w", "+− zoom", "finer, around the cursor")                    \
	X(ZOOM_OUT, WHEN_TIME, 0, "− s", "", "coarser, around the cursor")                         \
	X(ZOOM_SPAN, WHEN_TIME, 0, "z", "", "zoom to what stands under the cursor")                \
	X(FIT, WHEN_TIME, 60, "Z", "Z all", "show the whole session")                              \
	X(FOLLOW, WHEN_LIVE, 0, "F", "", "follow the live edge")                                   \
	X(FIRST, WHEN_TIME, 0, "Home 0", "", "the beginning of the session")                       \
	X(LAST, WHEN_TIME, 0, "End $", "", "the end of the session")                               \
	X(BEFORE, WHEN_TIME, 49, ",", ", . change",                                                \
		"cursor to the change of state before, on this lane")                              \
	X(AFTER, WHEN_TIME, 0, ".", "", "cursor to the next change of state, on this lane")        \
	X(WAIT_BEFORE, WHEN_TIME, 52, "[", "[ ] wait",                                             \
		"cursor to the lock wait before, on this lane or any")                             \
	X(WAIT_AFTER, WHEN_TIME, 0, "]", "", "cursor to the next lock wait, on this lane or any")  \
	X(CONTENTION_BEFORE, WHEN_TIME, 51, "(", "( ) contention",                                 \
		"back to where a lock began to be fought for")                                     \
	X(CONTENTION_AFTER, WHEN_TIME, 0, ")", "", "on to where a lock begins to be fought for")   \
	X(SYNC_BEFORE, WHEN_TIME, 0, "Y", "",                                                      \
		"back by one event of a lock, queue, join or wake-up, of any thread")              \
	X(SYNC_AFTER, WHEN_TIME, 0, "y", "", "on by one such event")                               \
	X(EVENT_BEFORE, WHEN_TIME, 0, "E", "", "back by one event of any kind and thread")         \
	X(EVENT_AFTER, WHEN_TIME, 0, "e", "", "on by one event of any kind and thread")            \
	X(MARK_A, WHEN_TIME, 0, "A", "",                                                           \
		"measure from the cursor; playing goes round from A to B")                         \
	X(MARK_B, WHEN_TIME, 0, "B", "", "measure to the cursor; again: no more")                  \
	X(BOOK, WHEN_TIME, 0, "m", "", "a bookmark at the cursor; again: away with it")            \
	X(CAPTION, WHEN_TIME, 0, "M", "", "a bookmark at the cursor with a few words to it")       \
	X(BOOK_AFTER, WHEN_TIME, 0, "'", "", "to the next bookmark, or mark of the program")       \
	X(BOOK_BEFORE, WHEN_TIME, 0, "\"", "", "to the bookmark before")                           \
	X(UP, WHEN_ALWAYS, 75, "↑ k", "↑↓ lane", "one lane or line up")                            \
	X(DOWN, WHEN_ALWAYS, 0, "↓ j", "", "one lane or line down")                                \
	X(PAGE_UP, WHEN_ALWAYS, 0, "PgUp ^U", "", "a page up")                                     \
	X(PAGE_DOWN, WHEN_ALWAYS, 0, "PgDn ^D", "", "a page down")                                 \
	X(TOP, WHEN_ALWAYS, 0, "g", "", "the first lane or line")                                  \
	X(BOTTOM, WHEN_ALWAYS, 0, "G", "", "the last lane or line")                                \
	X(INFO, WHEN_ALWAYS, 30, "i", "i info",                                                    \
		"what the system knows of the chosen process and thread")                          \
	X(CAUSE, WHEN_TIME, 70, "{", "{ } cause",                                                  \
		"from who waits to whom it waits for, or who ended its wait")                      \
	X(ROOT, WHEN_TIME, 0, "r", "", "all the way to who holds everybody up")                    \
	X(EFFECT, WHEN_TIME, 0, "}", "", "back again, or on to who waits for this thread")         \
	X(ENTER, WHEN_ALWAYS, 65, "Enter", "Enter open", "all about what is selected; go there")   \
	X(RAW, WHEN_TRACE, 68, "R", "R raw",                                                       \
		"events as they came (event:waking, lock:A filter them), or what changed")         \
	X(SEARCH, WHEN_ALWAYS, 48, "/", "/ search",                                                \
		"search: thread:plato  lock:A  state:lock dur>1ms  any-name")                      \
	X(COMMAND, WHEN_ALWAYS, 0, ":", "", "a command: go 1.5s, span 20ms, filter ..., view ...") \
	X(HIT_AFTER, WHEN_SEARCH, 86, "n", "n next hit", "to the next hit of the search")          \
	X(HIT_BEFORE, WHEN_SEARCH, 0, "N", "", "to the hit before")                                \
	X(FILTER, WHEN_ALWAYS, 47, "f \\", "f filter", "show only what fits; said as a search is") \
	X(FINDING_AFTER, WHEN_FINDINGS | WHEN_QUIET, 85, "n", "n finding",                         \
		"go to the next finding")                                                          \
	X(FINDING_BEFORE, WHEN_FINDINGS | WHEN_QUIET, 0, "N", "", "go to the finding before")      \
	X(SLOWER, WHEN_REPLAY | WHEN_TIME, 66, "<", "< > speed", "play slower")                    \
	X(FASTER, WHEN_REPLAY | WHEN_TIME, 0, ">", "", "play faster")                              \
	X(SORT_BEFORE, WHEN_SORTED, 74, "<", "< > sort", "sort by the column to the left")         \
	X(SORT_AFTER, WHEN_SORTED, 0, ">", "", "sort by the column to the right")                  \
	X(INVERT, WHEN_SORTED, 0, "i", "", "invert the order")                                     \
	X(PANE, WHEN_TIME, 50, "Tab", "Tab pane",                                                  \
		"lanes, locks: the pane that up and down move in")                                 \
	X(HALF, WHEN_PAIR, 88, "Tab", "Tab A/B", "to the other of the two that are compared")      \
	X(ALONE, WHEN_PAIR, 64, "u", "u one",                                                      \
		"this one alone in the whole screen, and both again")                              \
	X(END_RUN, WHEN_PAIR | WHEN_FIRST, 89, "e", "e end this run",                              \
		"end the first run now: the second begins")                                        \
	X(FOLD, WHEN_TIME, 0, "x", "", "fold or unfold a group of lanes")                          \
	X(FOLD_ALL, WHEN_TIME, 0, "X", "", "fold all groups, or unfold all")                       \
	X(GROUP, WHEN_TIME, 0, "b", "", "lanes by process, by name, by CPU")                       \
	X(PIN, WHEN_TIME, 0, "p", "", "keep this lane above the others, or no longer")             \
	X(ORDER, WHEN_TIME, 0, "o", "", "order of lanes: as seen, CPU time, lock waits, name")     \
	X(CPUS, WHEN_TIME, 0, "c", "", "show or hide the CPUs")                                    \
	X(OUTPUT, WHEN_OUTPUT, 40, "O", "O output", "show or hide what the program printed")       \
	X(VIEW, WHEN_ALWAYS, 45, "1-9", "1-9 views", "another view")                               \
	X(LESSON, WHEN_LESSON, 47, "T", "T lesson", "the card of the lesson, and away with it")    \
	X(SOURCE, WHEN_LESSON, 77, "S", "S source", "the scenario's own code")                     \
	X(HELP, WHEN_ALWAYS, 95, "?", "? help", "this help, and back")                             \
	X(CANCEL, WHEN_ALWAYS, 0, "Esc", "",                                                       \
		"close what is open, end search and filter, select nothing")                       \
	X(REFRESH, WHEN_ALWAYS, 0, "^L", "", "draw everything anew")                               \
	X(SUSPEND, WHEN_ALWAYS, 0, "^Z", "", "to the shell; fg comes back")                        \
	X(QUIT, WHEN_ALWAYS, 100, "q", "q quit", "leave (also ^C)")

enum action {
	ACT_NONE,
#define X(NAME, when, weight, keys, word, help) ACT_##NAME,
	ACTIONS(X)
#undef X
		ACT_COUNT,
};

struct action_info {
	u32 when;
	int weight;
	const char *keys, *word, *help;
};

const struct action_info *action_info(enum action a);

/* "pan-left", "none"; action_named gives ACT_NONE for a word it does not know. name returns buf. */
char *action_name(enum action a, char *buf, size_t size);
enum action action_named(const char *word);

/* "a", "up", "f5", "^l", "space"; 0 for what is no key, NULL for a key without a name. */
u32 key_named(const char *word);
char *key_name(u32 key, char *buf, size_t size);

/* The bindings there are, [0, key_bindings()). */
size_t key_bindings(void);
void key_binding(size_t i, u32 *key, enum action *a);

/* What a key does; ACT_NONE where nothing. */
enum action key_action(u32 key, u32 now);

#endif

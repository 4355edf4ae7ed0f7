/* SPDX-License-Identifier: MIT */
/* Search and filter: what is typed, what it leaves in sight, and going from hit to hit. */
#ifndef TL_TUI_SEARCH_H
#define TL_TUI_SEARCH_H

#include "tui/ui.h"

/* Once a frame, before anything is drawn: the filter's sets are of this model. */
void search_refresh(struct ui *u, const struct model *m, bool live);

/* Keys that open a prompt, and that go from hit to hit. UI_NOTHING for others. */
int search_act(struct ui *u, enum action a, const struct model *m);

/* A key while the prompt is open. */
int search_key(struct ui *u, u32 key, const struct model *m);

void search_draw(struct frame *f); /* the prompt, in place of note and footer */
bool search_clear(struct ui *u);   /* the search, else the filter; false: there is none */
void search_begin(struct ui *u, const char *text, const struct model *m); /* and to the first hit */
void search_offers(const struct model *m, const char *word, candidates *c);
bool search_set(struct ui *u, const char *text, const struct model *m); /* the filter */

/* What is in sight. Without a filter all is. */
bool shows_thread(const struct ui *u, u32 thread);
bool shows_lock(const struct ui *u, u32 lock);
bool shows_queue(const struct ui *u, u32 queue);
bool shows_process(const struct ui *u, const struct model *m, u32 process);
bool shows_finding(const struct ui *u, const struct finding *fi);
bool shows_all(const struct ui *u);

/* "state:lock dur>1ms: 3 of 12 threads", for the header; "" without. Returns buf. */
char *filter_words(const struct ui *u, const struct model *m, char *buf, size_t size);
char *search_words(const struct ui *u, char *buf, size_t size);

#endif

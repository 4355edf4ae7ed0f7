/* SPDX-License-Identifier: MIT */
/*
 * Moments a reader of a recording marked, with what he wrote of them. They stand beside it, in
 * RECORDING.marks: a line each, "1.500000000s what is seen here", the time after the recording's
 * start. The file may be written by hand. Or they stand in it, as the same text
 * (recording_marks()): that counts where there is no such file, be it an empty one.
 */
#ifndef TL_TRACE_BOOKMARKS_H
#define TL_TRACE_BOOKMARKS_H

#include "core/types.h"
#include "core/vec.h"

#define BOOKMARKS_MOST 1000

struct bookmark {
	u64 at;        /* ns, on the recording's clock */
	char *caption; /* clean text; "" */
};
typedef vec(struct bookmark) bookmarks; /* ascending, no two at one moment */

/* Adds those of a recording that starts at `start` and holds the text within (NULL: none): 0 (also
 * without any), -errno, or -EBADMSG where lines had to be left out. */
int bookmarks_read(bookmarks *b, const char *recording, const char *within, u64 start);

/* The same of a file's text, which is taken apart. */
int bookmarks_parse(bookmarks *b, char *text, u64 start);

/* Puts these in place of those that stood beside it; none: takes the file away, or where the
 * recording holds some writes an empty one. 0 or -errno. */
int bookmarks_write(const bookmarks *b, const char *recording, bool within, u64 start);

/* Puts them into the recording, and takes away the file beside it: 0, or as recording_put_marks. */
int bookmarks_put(const bookmarks *b, const char *recording, u64 start);

/* The caption is cleaned; one that stands there is written over. False: there are too many. */
bool bookmarks_set(bookmarks *b, u64 at, const char *caption);
bool bookmarks_remove(bookmarks *b, u64 at); /* false: none is there */
const struct bookmark *bookmarks_at(const bookmarks *b, u64 at);
void bookmarks_free(bookmarks *b);

#endif

/* SPDX-License-Identifier: MIT */
/* The scenarios' own sources, as they were when this was built (cmake/sources.cmake). */
#ifndef TL_STORY_SOURCES_H
#define TL_STORY_SOURCES_H

struct source_text {
	const char *name;          /* "race.c" */
	const unsigned char *text; /* ends with NUL */
};

extern const struct source_text source_texts[]; /* ends with name NULL */

#endif

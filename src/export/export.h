/* SPDX-License-Identifier: MIT */
/*
 * Recordings turned into other programs' formats. A format is one file that ends in one const
 * struct export_ops, and one line in EXPORTS. Formats read the model, lane by lane, and write as
 * they go: their memory does not grow with the recording.
 */
#ifndef TL_EXPORT_EXPORT_H
#define TL_EXPORT_EXPORT_H

#include "findings/findings.h"
#include "model/model.h"
#include "model/sift.h"

#include <stdio.h>

/* Those that need cairo and pango: absent where the build has none (TL_CAIRO). */
#ifdef TL_CAIRO
#define EXPORTS_CAIRO(X) X(png) X(pdf)
#else
#define EXPORTS_CAIRO(X)
#endif

/* X(c_name): the file's const struct export_ops is export_<c_name> */
#define EXPORTS(X) \
	X(svg)     \
	X(html)    \
	EXPORTS_CAIRO(X) X(perfetto) X(chrome) X(ndjson) X(csv) X(cast) X(screen_svg) X(anim_svg)

struct export_job {
	const struct model *model;
	const struct findings *findings;
	const struct sift *sift; /* what is shown; NULL: all */
	u64 from, until;         /* CLOCK_MONOTONIC ns: what is written */
	int width;               /* of a figure, in CSS pixels */
	bool dark;
	bool themed;              /* dark was asked for, or light: a page does as it is told */
	const char *caption;      /* NULL: the first finding's sentence */
	u64 at;                   /* the moment of a still; the gravest finding, else the middle */
	bool at_given;            /* then a figure has a line there */
	const char *view;         /* of the screen; NULL: the timeline */
	int columns, rows;        /* of the screen */
	const char *title, *rung; /* of its header */
	FILE *out;
};

/* What a format is made of, and so which options it takes. */
#define EXPORT_FIGURE 1 /* --width, --caption */
#define EXPORT_SCREEN 2 /* --view, --size */
#define EXPORT_MOMENT 4 /* --at */

struct export_ops {
	const char *name;    /* "perfetto": the word after --to */
	const char *summary; /* what it is for, one line */
	u32 made_of;         /* EXPORT_ bits; --theme is of all that have any */
	bool program;        /* for programs: it is the same in every language */
	/* 0 or -errno of writing. */
	int (*write)(const struct export_job *job);
};

extern const struct export_ops *const export_table[];      /* ends in NULL */
const struct export_ops *export_by_name(const char *name); /* NULL where there is none */

/* A lane's spans that lie in the job's window and are not "not there", first to last. */
struct export_lane {
	const struct export_job *job;
	const struct lane *lane;
	size_t next; /* one after the span given last */
	struct span span;
};

struct export_lane export_lane(const struct export_job *job, const struct lane *lane); /* or NULL */

/* The next span, until the next call, and what of it lies in the window; NULL after the last. */
const struct span *export_lane_next(struct export_lane *walk, u64 *from, u64 *until);

/*
 * Whether a filter leaves it: by its thread where it has one. What is not watched is never shown.
 * CPUs are shown as they are; who runs on them is one of the others where its thread is hidden.
 */
bool export_shows_thread(const struct export_job *job, const struct thread *t);
bool export_shows_process(const struct export_job *job, const struct process *p);
bool export_shows_lock(const struct export_job *job, const struct lock *l);
bool export_shows_queue(const struct export_job *job, const struct queue *q);
bool export_shows_coroutine(const struct export_job *job, const struct coroutine *c);
bool export_shows_mark(const struct export_job *job, const struct mark *mark);

/* Whether it is a format that this build is without, because cairo and pango were not there. */
bool export_absent(const char *name);

/* Clips a span to the job's window; false where nothing of it is inside. */
bool export_clip(const struct export_job *job, u64 *from, u64 *until);

/* Whether a moment lies in the window; its end does, for the session's last moment is one. */
bool export_inside(const struct export_job *job, u64 at);

/* What has been written so far went well: 0 or -errno. */
int export_result(const struct export_job *job);

#endif

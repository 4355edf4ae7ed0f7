/* SPDX-License-Identifier: MIT */
/*
 * Events in, model and findings out: the same steps whether they come live or from a recording,
 * so that both give the same findings at the same trace times.
 */
#ifndef TL_CMD_PIPELINE_H
#define TL_CMD_PIPELINE_H

#include "export/report.h"
#include "findings/findings.h"
#include "model/model.h"
#include "story/story.h"

struct pipeline {
	struct model *model;
	struct findings *findings;
	struct plain *plain; /* NULL without --plain */
	struct story *story; /* NULL: nobody looks */
	u64 next_check;      /* trace time of the next look for findings */
};

void pipeline_open(struct pipeline *p, const struct session_info *info, FILE *plain);
void pipeline_feed(struct pipeline *p, const struct event *events, size_t n);
void pipeline_advance(struct pipeline *p, u64 now);
void pipeline_ended(struct pipeline *p);  /* the program; its story is over */
void pipeline_finish(struct pipeline *p); /* nothing more will come */
void pipeline_close(struct pipeline *p);

/* How many of the findings are errors. */
size_t pipeline_errors(const struct pipeline *p);

/* A recording on its way into a pipeline, so that its first part can be looked at already. */
struct loading {
	struct pipeline *pipe;
	struct recording *recording;
	const char *path;
	const struct event *events; /* read and not yet fed */
	size_t count;
	ssize_t last; /* what reading said last: 0 the end, -errno */
	u64 fed;
};

/* 0, or the exit status to end with once the error was told: then nothing is open. */
int loading_open(struct loading *l, struct pipeline *p, const char *path, FILE *plain);
bool loading_read(struct loading *l); /* true: there is something to feed. Leaves the model alone */
void loading_feed(struct loading *l, size_t most); /* at most so many events of it */
double loading_share(const struct loading *l);     /* of the recording that was fed, 0..1 */
/*
 * Nothing more will be fed (whole: all of it was, so what goes on is counted to the end). Damage
 * that leaves something to show is a warning.
 */
void loading_close(struct loading *l, bool whole);

/*
 * Reads a whole recording. 0, or the exit status to end with once the error was told; damage that
 * leaves something to show is a warning on stderr.
 */
int pipeline_load(struct pipeline *p, const char *path, FILE *plain);

#endif

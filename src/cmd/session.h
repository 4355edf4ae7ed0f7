/* SPDX-License-Identifier: MIT */
/*
 * The only place that ties sources, order, store, recording, model and readers together. One
 * thread captures; whoever reads the model holds the session's lock.
 */
#ifndef TL_CMD_SESSION_H
#define TL_CMD_SESSION_H

#include "cmd/launch.h"
#include "cmd/options.h"
#include "cmd/pipeline.h"
#include "source/source.h"
#include "tui/tui.h"

/* What is to be watched, as a command made it out from its arguments. */
struct target {
	enum target_kind kind;
	char name[128];
	u32 pid;                           /* PID */
	char **argv;                       /* SCENARIO, COMMAND: what is launched */
	const struct lesson_words *lesson; /* SCENARIO: told on the screen; NULL */
	char *lesson_text;                 /* SCENARIO: told in recordings; NULL */
};

struct session;

/* Its command line as a shell would take it, clean, "..." at its end where it is cut. */
void target_args(const struct target *t, char *buf, size_t size);

/* What a session tells of its target but its arguments; info points into it. */
void target_tell(const struct target *t, struct session_info *info);

/*
 * Makes out the target of run and record: a scenario's name, or what stands after "--". 0, or the
 * exit status to end with once the error was told. target_free() frees what it made.
 */
int target_from_arguments(struct target *t, const struct options *o);
/* Of one scenario, for --compare: what goes wrong first, then what mends it, unless given. */
int targets_beside(struct target target[2], const struct options *o);
int target_from_pid(struct target *t, u32 pid);
int target_by_name(struct target *t, const char *comm);
void target_free(struct target *t);

/*
 * Opens the sources (falling rung by rung), launches where there is something to launch, and
 * begins to capture. plain: where narration goes, NULL for none. 0, or the exit status to end with
 * once the error was told.
 */
int session_start(struct session **s, const struct target *target, const struct options *o,
	bool on_screen, FILE *plain);

/* The signal that asked a session of this process to end; 0. */
int session_asked(void);

/* Waits until the target ended, the duration is over, or a signal asks to end. */
void session_wait(struct session *s);

/* For a screen, from session_start() to session_free(): also what session_stop() ended. */
void session_host(struct session *s, struct tui_host *host);
bool session_over(struct session *s); /* what session_wait() waits for is there */

/* Shows it until the user quits or a signal asks to end. 0 or -errno (no usable terminal). */
int session_show(struct session *s, const struct options *o);

/* The scenario that was asked for on the screen as the next one; "". */
const char *session_next(const struct session *s);

/*
 * Ends capture: the target that was launched is ended too, the recording completed. The exit
 * status: the launched program's own, or 1 where recording failed.
 */
int session_stop(struct session *s);

/* After session_stop(). The recording's path, or the last one's; NULL where there is none. */
const char *session_written(const struct session *s);
const struct pipeline *session_result(const struct session *s);
void session_print_output(struct session *s);
void session_free(struct session *s);

/* From the options that all screens share. */
struct ui_options screen_options(const struct options *o);

#endif

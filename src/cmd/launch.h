/* SPDX-License-Identifier: MIT */
/* A program started under observation: forked, held before its exec until the sources are open. */
#ifndef TL_CMD_LAUNCH_H
#define TL_CMD_LAUNCH_H

#include "core/types.h"

struct launch_options {
	char **argv;
	const char *preload;  /* the shim, NULL without */
	const char *shm_path; /* its shared memory */
	bool on_screen;       /* its output is kept for the pane and for after the screen */
};

struct launch {
	pid_t pid;
	int go_fd;     /* closing it lets the child go on to its exec */
	int error_fd;  /* errno of a failed exec comes here */
	int output_fd; /* our end of the terminal it writes to, -1 where it has our own */
	int kept_fd;   /* all it wrote so far, in memory */
	bool ended;
	u64 asked;  /* when it was asked to end, 0 never */
	int status; /* as waitpid gives it, once ended */
};

int launch_prepare(struct launch *l, const struct launch_options *o); /* 0 or -errno */
int launch_go(struct launch *l);     /* 0, or -errno of the exec; then the child is gone */
bool launch_ended(struct launch *l); /* also collects its output; true once it was waited for */
int launch_exit_status(const struct launch *l); /* its own, or 128 + signal */
/* Asks it to end (SIGTERM); called again two seconds later, makes it (SIGKILL). */
void launch_end(struct launch *l, u64 now);
void launch_print_output(struct launch *l);                   /* what was kept, whole, to stdout */
size_t launch_tail(struct launch *l, char *buf, size_t size); /* the last of it, NUL-ended */
void launch_close(struct launch *l);

#endif

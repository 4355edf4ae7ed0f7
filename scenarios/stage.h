/* SPDX-License-Identifier: MIT */
/* What scenarios have in common: parameters, pace, words, named threads and processes. */
#ifndef STAGE_H
#define STAGE_H

#include "scenario.h"
#include "threadline.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* The value of one of the scenario's parameters, as --set KEY=VALUE gave it or as it stands. */
long scenario_param(const char *key);

double scenario_speed(void);  /* --speed: 1 as designed; 0 no pauses at all */
unsigned scenario_seed(void); /* --seed: fixed unless given */

void scenario_pause(double seconds); /* sleeps seconds / speed */

/* The same, but never shorter than it takes for another thread to get in between. */
void scenario_window(double seconds);

void scenario_work(double seconds);    /* computes for seconds / speed of CPU time */
void scenario_compute(double seconds); /* the same at any speed */

/* seconds / speed from now, and least seconds at least, on the monotonic clock */
struct timespec scenario_deadline(double seconds, double least);

/* One line on stdout, and a mark on the timeline. */
void scenario_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * What really happened, on stdout as key=value words. "lock.NAME.acquisitions=5" and its like
 * (see tests/scenarios/check.py) are what an observer's report must say too.
 */
void scenario_truth(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* For what cannot fail on a healthy machine: err is 0 or an errno. Ends the process. */
void scenario_must(int err, const char *what);

/* Each begins with its name; none to be had ends the program. */
pthread_t scenario_thread(const char *name, void *(*body)(void *), void *arg);
pid_t scenario_process(const char *name, int (*body)(void *), void *arg);

/* Waits for the end of a child. Its exit status, or -N where signal N ended it. */
int scenario_wait(pid_t child);

/* Zeroed memory that children made later share. */
void *scenario_shared(size_t bytes);

/* One small message through a pipe or socket, whole. False where the other end is closed. */
bool scenario_read(int fd, void *message, size_t size);
void scenario_write(int fd, const void *message, size_t size);

/*
 * Joins n threads. False where one still has not ended after so many seconds: it is stuck, and the
 * scenario ends by _exit(), which leaves the picture as it is.
 */
bool scenario_join(const pthread_t *threads, int n, double seconds);

#endif

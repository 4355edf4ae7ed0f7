/* SPDX-License-Identifier: MIT */
/*
 * Many may read at once, or one may write. If new readers are let in as long as others are
 * reading, a writer may wait for as long as they keep coming; if they queue behind a writer that
 * waits, it has its turn.
 */
#include "stage.h"

#include <stdatomic.h>
#include <stdio.h>

#define READERS 4
#define READ    0.08 /* seconds */
#define WRITE   0.1
#define REST    0.04
#define WRITES  3
#define PASSED  40 /* reads for which the starved writer waits */

static pthread_rwlock_t board;
static atomic_long reads; /* begun */
static atomic_int inside; /* readers who have the lock */
static atomic_bool over;
static long text;
static atomic_long torn;
static atomic_long limit;

static void read_board(void)
{
	long before = text;

	atomic_fetch_add(&reads, 1);
	scenario_window(READ);
	if (text != before)
		atomic_fetch_add(&torn, 1);
}

/* fair */

static void *reader(void *arg)
{
	(void)arg;
	while (!atomic_load(&over)) {
		pthread_rwlock_rdlock(&board);
		read_board();
		pthread_rwlock_unlock(&board);
		scenario_window(REST);
	}
	return NULL;
}

static void *writer(void *arg)
{
	(void)arg;
	for (int i = 1; i <= WRITES; i++) {
		scenario_pause(4 * REST);
		pthread_rwlock_wrlock(&board);
		text = i;
		scenario_pause(WRITE);
		pthread_rwlock_unlock(&board);
	}
	atomic_store(&over, true);
	return NULL;
}

/* writer-starved: a reader leaves only when another is there, so the board is never free */

static bool leave(void)
{
	int n = atomic_load(&inside);

	while (n > 1 || atomic_load(&over))
		if (atomic_compare_exchange_weak(&inside, &n, n - 1))
			return true;
	return false;
}

static void *crowding_reader(void *arg)
{
	(void)arg;
	while (!atomic_load(&over)) {
		pthread_rwlock_rdlock(&board);
		atomic_fetch_add(&inside, 1);
		read_board();
		while (!leave())
			scenario_window(READ / 8);
		pthread_rwlock_unlock(&board);
		scenario_window(REST);
		if (atomic_load(&reads) >= atomic_load(&limit))
			atomic_store(&over, true);
	}
	return NULL;
}

static long passed;

static void *starved_writer(void *arg)
{
	long before = atomic_load(&reads);

	(void)arg;
	atomic_store(&limit, before + PASSED);
	pthread_rwlock_wrlock(&board);
	passed = atomic_load(&reads) - before;
	text = 1;
	scenario_pause(WRITE);
	pthread_rwlock_unlock(&board);
	return NULL;
}

static void open_board(int preference)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, preference);
	pthread_rwlock_init(&board, &attributes);
	pthread_rwlockattr_destroy(&attributes);
	tl_name(&board, "board");
	atomic_store(&limit, 1000000000);
}

static void run_all(void *(*read)(void *), void *(*write)(void *))
{
	pthread_t readers[READERS], author;
	char name[24];

	for (int i = 0; i < READERS; i++) {
		snprintf(name, sizeof(name), "reader-%d", i + 1);
		readers[i] = scenario_thread(name, read, NULL);
		scenario_pause(READ / READERS);
	}
	while (!atomic_load(&reads)) /* somebody reads before anybody wants to write */
		scenario_window(REST);
	author = scenario_thread("writer", write, NULL);
	pthread_join(author, NULL);
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	pthread_rwlock_destroy(&board);
}

static int run_fair(void)
{
	open_board(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	scenario_say("a lock that prefers writers");
	run_all(reader, writer);
	scenario_truth("written=%ld torn=%ld lock.board.kind=rwlock", text, atomic_load(&torn));
	scenario_truth("lock.board.acquisitions=%ld", atomic_load(&reads) + WRITES);
	return 0;
}

static int run_writer_starved(void)
{
	open_board(PTHREAD_RWLOCK_PREFER_READER_NP);
	scenario_say("a lock that prefers readers");
	run_all(crowding_reader, starved_writer);
	scenario_truth("written=%ld torn=%ld passed=%ld lock.board.kind=rwlock", text,
		atomic_load(&torn), passed);
	scenario_truth("lock.board.acquisitions=%ld", atomic_load(&reads) + 1);
	return 0;
}

static const char *const finds_starvation[] = {"starvation", NULL};
static const char *const never_starvation[] = {"starvation", NULL};

static const struct scenario_variant variants[] = {
	{"fair", N_("new readers wait behind a writer that waits: it has its turn"), NULL,
		never_starvation, run_fair},
	{"writer-starved", N_("new readers are let in past the writer, again and again"),
		finds_starvation, NULL, run_writer_starved},
	{0},
};

const struct scenario scenario_rwlock = {
	.name = "rwlock",
	.title = N_("Many read, one writes"),
	.teaches = N_(
		"A readers-writer lock lets many hold it to read, or one to write. Whom it prefers "
		"decides who may starve. In Python: not in the standard library; built from "
		"threading.Condition."),
	.variants = variants,
};

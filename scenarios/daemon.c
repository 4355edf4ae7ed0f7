/* SPDX-License-Identifier: MIT */
/*
 * Who is waited for at the end. A worker that was joined has finished; a background worker that
 * nobody joins is cut off in the middle of whatever it does when its process ends.
 */
#include "stage.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define WORKERS 2
#define TICK    0.1
#define PAGES   7 /* of the first printer; the second has twice as many */

static const char *const worker_names[WORKERS] = {"printer-1", "printer-2"};
static int pages[WORKERS] = {PAGES, 2 * PAGES};
static const char *const daemon_names[WORKERS] = {"saver-1", "saver-2"};

static void print_pages(const int *count)
{
	for (int i = 0; i < *count; i++)
		scenario_pause(TICK);
}

static _Noreturn void save_for_ever(atomic_long *saves)
{
	for (;;) {
		scenario_window(TICK * 1.7);
		atomic_fetch_add(saves, 1);
	}
}

/* threads */

static atomic_long finished, saves;

static void *printer_thread(void *arg)
{
	print_pages(arg);
	atomic_fetch_add(&finished, 1);
	return NULL;
}

static void *saver_thread(void *arg)
{
	(void)arg;
	save_for_ever(&saves);
}

static int run_thread(void)
{
	pthread_t printers[WORKERS];

	scenario_say("two printers that main joins, two savers that it does not");
	for (int i = 0; i < WORKERS; i++)
		pthread_detach(scenario_thread(daemon_names[i], saver_thread, NULL));
	for (int i = 0; i < WORKERS; i++)
		printers[i] = scenario_thread(worker_names[i], printer_thread, &pages[i]);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(printers[i], NULL);
	scenario_say(
		"main returns: the savers, at %ld saves, end where they are", atomic_load(&saves));
	scenario_truth("finished=%ld cut=%d", atomic_load(&finished), WORKERS);
	for (int i = 0; i < WORKERS; i++)
		scenario_truth(
			"thread.%s.count=1 thread.%s.count=1", worker_names[i], daemon_names[i]);
	return 0;
}

/* processes: who wants them gone with it must end them */

static int printer_process(void *arg)
{
	print_pages(arg);
	return 0;
}

static int saver_process(void *arg)
{
	save_for_ever(arg);
}

static int run_process(void)
{
	atomic_long *shared = scenario_shared(sizeof(*shared));
	pid_t printers[WORKERS], savers[WORKERS];
	int done = 0, cut = 0;

	scenario_say("two printers that main waits for, two savers that it ends");
	for (int i = 0; i < WORKERS; i++)
		savers[i] = scenario_process(daemon_names[i], saver_process, shared);
	for (int i = 0; i < WORKERS; i++)
		printers[i] = scenario_process(worker_names[i], printer_process, &pages[i]);
	for (int i = 0; i < WORKERS; i++) {
		done += scenario_wait(printers[i]) == 0;
		scenario_truth("process.%s.exit_code=0", worker_names[i]);
	}
	scenario_say(
		"the printers are done: main ends the savers, at %ld saves", atomic_load(shared));
	for (int i = 0; i < WORKERS; i++)
		kill(savers[i], SIGTERM);
	for (int i = 0; i < WORKERS; i++) {
		cut += scenario_wait(savers[i]) == -SIGTERM;
		scenario_truth("process.%s.signal=%d", daemon_names[i], SIGTERM);
	}
	scenario_truth("finished=%d cut=%d processes=%d", done, cut, 1 + 2 * WORKERS);
	return 0;
}

static const struct scenario_variant variants[] = {
	{"thread", N_("main returns while background threads run: they are cut off"), NULL, NULL,
		run_thread},
	{"process", N_("main ends its background processes before it goes"), NULL, NULL,
		run_process},
	{0},
};

const struct scenario scenario_daemon = {
	.name = "daemon",
	.title = N_("Background workers, and who is waited for at the end"),
	.teaches = N_(
		"A process ends when its main thread returns, whatever its other threads do. Those "
		"that main joins finish; those in the background are cut off. "
		"In Python: daemon=True, once setDaemon(True)."),
	.variants = variants,
};

/* SPDX-License-Identifier: MIT */
/*
 * recording_tool make FILE SEED EVENTS: a recording of what a seed gives
 * recording_tool dump FILE: its last META and its events, as read_recording.py prints them
 * recording_tool mark FILE TEXT: puts bookmarks into it
 */
#include "trace/recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static u64 seed;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* What repeats and what does not; any kind, known or not. */
static struct event make_event(u64 ts)
{
	struct event ev = {.ts = ts, .tid = 300 + (u32)(rnd() % 40), .cpu = (u16)(rnd() % 3)};

	ev.kind = (u8)(rnd() % 20);
	ev.flags = (u8)(rnd() % 3);
	ev.obj = 0x7fff00000000 + rnd() % 100;
	ev.arg = rnd() % 4 ? 0 : rnd() >> rnd() % 64;
	if (ev.kind == EV_SWITCH)
		ev.obj = event_pair(300 + (u32)(rnd() % 40), 300);
	if (ev.kind == EV_LOST)
		ev.obj = rnd() % 10;
	if (rnd() % 20 == 0)
		ev = (struct event){.ts = ts,
			.tid = (u32)rnd(),
			.kind = (u8)(rnd() | 0x80),
			.flags = (u8)rnd(),
			.cpu = (u16)rnd(),
			.obj = rnd(),
			.arg = rnd()};
	return ev;
}

static int make(const char *path, u64 events)
{
	struct recording_writer *w;
	struct session_info info;
	u64 ts = 1 + rnd() % NSEC_PER_SEC, now = 1;

	session_info_init(&info);
	info.start_ns = ts;
	info.target = TARGET_COMMAND;
	snprintf(info.target_name, sizeof(info.target_name), "grün tea");
	info.lesson = events % 3 ? "title Tea\nteaches to wait\n" : NULL;
	if (recording_create(&w, path, &info))
		return 1;
	for (u64 i = 0; i < events; i++) {
		struct event ev = make_event(ts += rnd() % 3000);

		recording_add(w, &ev, 1);
		if (rnd() % 2000 == 0)
			recording_tick(w, now += NSEC_PER_SEC);
	}
	info.end_ns = ts;
	return recording_finish(w, &info) ? 1 : 0;
}

static int dump(const char *path)
{
	const struct event *events;
	struct recording *r;
	int err = recording_open(&r, path);
	char *meta;
	ssize_t n;

	if (err) {
		fprintf(stderr, "%s: %s\n", path, recording_problem(err));
		return 1;
	}
	meta = session_info_write(recording_info(r));
	fputs(meta, stdout);
	free(meta);
	while ((n = recording_next(r, &events)) > 0)
		for (const struct event *ev = events; ev < events + n; ev++)
			printf("%" PRIu64 " %u %u %u %u %" PRIu64 " %" PRIu64 "\n", ev->ts, ev->tid,
				ev->kind, ev->flags, ev->cpu, ev->obj, ev->arg);
	if (recording_warning(r))
		fprintf(stderr, "%s: %s\n", path, recording_warning(r));
	recording_close(r);
	return n ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "make")) {
		seed = strtoull(argv[3], NULL, 10) * 2 + 1;
		return make(argv[2], strtoull(argv[4], NULL, 10));
	}
	if (argc == 3 && !strcmp(argv[1], "dump"))
		return dump(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "mark"))
		return recording_put_marks(argv[2], argv[3]) ? 1 : 0;
	fprintf(stderr, "usage: %s make FILE SEED EVENTS | dump FILE | mark FILE TEXT\n", argv[0]);
	return 2;
}

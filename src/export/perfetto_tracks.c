/* SPDX-License-Identifier: MIT */
/* What has a track, below what, in which order; and on which machine it was. */
#include "export/perfetto.h"

#include "export/report_facts.h"
#include "export/words.h"

#include <stdio.h>

enum { /* TrackDescriptor */
	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PROCESS = 3,
	TRACK_THREAD = 4,
	TRACK_PARENT = 5,
	TRACK_COUNTER = 8,
	TRACK_ORDERING = 11,
	TRACK_RANK = 12,
	TRACK_MERGE = 15,
};
enum { ORDER_EXPLICIT = 3, MERGE_NONE = 2 };

static void track_begin(struct perfetto *x, u64 uuid, u64 parent)
{
	packet_begin(x);
	pb_begin(&x->pb, TP_TRACK);
	pb_varint(&x->pb, TRACK_UUID, uuid);
	if (parent)
		pb_varint(&x->pb, TRACK_PARENT, parent);
}

static void track_end(struct perfetto *x)
{
	pb_end(&x->pb);
	packet_end(x);
}

static void track_process(struct perfetto *x, const struct process *p)
{
	track_begin(x, track_id(TRACK_OF_PROCESS, p->id), 0);
	pb_begin(&x->pb, TRACK_PROCESS);
	pb_varint(&x->pb, 1, p->pid);
	pb_string(&x->pb, 6, p->name);
	pb_end(&x->pb);
	track_end(x);
}

static void track_thread(struct perfetto *x, const struct thread *t)
{
	char name[96];

	track_begin(x, track_id(TRACK_OF_THREAD, t->id), 0);
	pb_begin(&x->pb, TRACK_THREAD);
	pb_varint(&x->pb, 1, process_pid(x->m, t->process));
	pb_varint(&x->pb, 2, t->tid);
	pb_string(&x->pb, 5, thread_name_text(x->m, t->id, name, sizeof(name)));
	pb_end(&x->pb);
	track_end(x);
}

static u64 process_track(const struct perfetto *x, u32 process)
{
	return export_shows_process(x->job, model_process(x->m, process))
		       ? track_id(TRACK_OF_PROCESS, process)
		       : 0;
}

/* The track that holds a process's locks or coroutines. Tracks of one name are not one track. */
static void track_group(struct perfetto *x, enum track_kind kind, u32 process, const char *name)
{
	track_begin(x, track_id(kind, process), process_track(x, process));
	pb_string(&x->pb, TRACK_NAME, name);
	pb_varint(&x->pb, TRACK_ORDERING, ORDER_EXPLICIT);
	track_end(x);
}

static void track_member(
	struct perfetto *x, u64 uuid, enum track_kind group, u32 process, const char *name)
{
	track_begin(x, uuid, track_id(group, process));
	pb_string(&x->pb, TRACK_NAME, name);
	pb_varint(&x->pb, TRACK_RANK, uuid >> 4);
	pb_varint(&x->pb, TRACK_MERGE, MERGE_NONE);
	track_end(x);
}

static void track_queue(struct perfetto *x, const struct queue *q)
{
	char name[96];

	track_begin(x, track_id(TRACK_OF_QUEUE, q->id), process_track(x, q->process));
	pb_string(&x->pb, TRACK_NAME, queue_label(x->m, q->id, name, sizeof(name)));
	pb_begin(&x->pb, TRACK_COUNTER);
	pb_end(&x->pb);
	pb_varint(&x->pb, TRACK_MERGE, MERGE_NONE);
	track_end(x);
}

/* Groups are told before their first member. */
static void tracks_locks(struct perfetto *x)
{
	struct idmap told = {0};
	char name[96];

	for (size_t i = 0; i < x->m->locks.n; i++) {
		const struct lock *l = x->m->locks.v[i];

		if (!export_shows_lock(x->job, l))
			continue;
		if (idmap_get(&told, l->process) == IDMAP_NONE)
			track_group(x, TRACK_OF_LOCKS, l->process,
				l->process ? "locks" : "shared locks");
		idmap_set(&told, l->process, 1);
		track_member(x, track_id(TRACK_OF_LOCK, l->id), TRACK_OF_LOCKS, l->process,
			lock_label(x->m, l->id, name, sizeof(name)));
	}
	idmap_free(&told);
}

static void tracks_coroutines(struct perfetto *x)
{
	struct idmap told = {0};
	char name[96];

	for (size_t i = 0; i < x->m->coroutines.n; i++) {
		const struct coroutine *c = x->m->coroutines.v[i];

		if (!export_shows_coroutine(x->job, c))
			continue;
		if (idmap_get(&told, c->process) == IDMAP_NONE)
			track_group(x, TRACK_OF_COROUTINES, c->process, "coroutines");
		idmap_set(&told, c->process, 1);
		track_member(x, track_id(TRACK_OF_COROUTINE, c->id), TRACK_OF_COROUTINES,
			c->process, export_coroutine_label(c, name, sizeof(name)));
	}
	idmap_free(&told);
}

/*
 * The reader decodes the switches' states by the kernel's version, and does not survive a release
 * that is not "number.number." at its start.
 */
static void perfetto_system(struct perfetto *x)
{
	const struct session_info *info = &x->m->info;
	unsigned major, minor;
	char release[96];

	if (sscanf(info->kernel, "%3u.%3u", &major, &minor) != 2)
		return;
	snprintf(release, sizeof(release), "%u.%u.0", major, minor);
	packet_begin(x);
	pb_begin(&x->pb, TP_SYSTEM);
	pb_begin(&x->pb, 1);
	pb_string(&x->pb, 1, "Linux");
	pb_string(&x->pb, 2, info->kernel);
	pb_string(&x->pb, 3, release);
	pb_string(&x->pb, 4, info->arch);
	pb_end(&x->pb);
	pb_varint(&x->pb, 8, info->cpus);
	pb_end(&x->pb);
	packet_end(x);
}

void perfetto_tracks(struct perfetto *x)
{
	perfetto_system(x);
	for (size_t i = 0; i < x->m->processes.n; i++)
		if (export_shows_process(x->job, x->m->processes.v[i]))
			track_process(x, x->m->processes.v[i]);
	for (size_t i = 0; i < x->m->threads.n; i++)
		if (export_shows_thread(x->job, x->m->threads.v[i]))
			track_thread(x, x->m->threads.v[i]);
	track_begin(x, track_id(TRACK_OF_MARKS, 0), 0);
	pb_string(&x->pb, TRACK_NAME, "findings and marks");
	track_end(x);
	tracks_locks(x);
	tracks_coroutines(x);
	for (size_t i = 0; i < x->m->queues.n; i++)
		if (export_shows_queue(x->job, x->m->queues.v[i]))
			track_queue(x, x->m->queues.v[i]);
}

/* SPDX-License-Identifier: MIT */
/* A recording that is read: which chunks it has, where its holes are. */
#ifndef TL_TRACE_RECORDING_READ_H
#define TL_TRACE_RECORDING_READ_H

#include "core/vec.h"
#include "trace/recording.h"
#include "trace/recording_code.h"
#include "trace/recording_format.h"

#include <zstd.h>

#define RECORDING_CHUNKS_MAX (1u << 22)
#define RECORDING_TEXTS      2
#define STAMP_MAX            (1ull << 62) /* no stamp is later: nobody's arithmetic overflows */

struct chunk_ref {
	struct index_entry at;
	u64 missing; /* events that stood in what is damaged between the one before and this */
};

struct recording {
	int fd;
	u64 size;
	struct session_info info;
	u64 events, first_ts, last_ts; /* over all chunks */
	vec(struct chunk_ref) chunks;  /* of events, by place in the file */

	/* Where the last two chunks of its texts stand, by kind from CHUNK_MARKS on; 0: nowhere. */
	u64 texts[RECORDING_TEXTS][2];
	struct end end; /* where it is whole */

	/* what is wrong with it */
	bool complete; /* its last chunk comes after all events */
	bool closed;   /* an END chunk comes after them */
	bool indexed;  /* found by its index: end holds */
	bool cut;      /* ends in the middle of a chunk, or in what is none: more may be missing */
	bool newer;    /* of a newer minor version */
	u64 holes;     /* stretches of the file that are no chunks */
	u64 told;      /* events in all, as far as any header tells */
	u64 tail_missing; /* events missing behind the last of chunks */
	u64 gap_missing;  /* in all holes, the tail's too */

	/* where reading stands; what follows starts anew with a rewind */
	size_t next;
	bool gap_given; /* the LOST event of the hole before chunks.v[next] */
	u64 ts;         /* of the last event given, 0 none */
	u64 damaged;    /* chunks whose payload could not be read */
	u64 damaged_missing;

	struct crc crc;
	struct decoder *decoder;
	ZSTD_DCtx *zstd;
	vec(u8) stored, raw;
	vec(struct event) batch;
	struct event lost;
	char warning[256];
};

/*
 * Finds the chunks by the index, or else by walking; and the last META. 0; -EBADMSG where there is
 * no whole chunk near the start, -EPROTONOSUPPORT where the first is of another major version.
 */
int recording_survey(struct recording *r);

/*
 * Reads the chunk at offset, with a payload as its header (*c) tells, decoded into r->raw. 0,
 * -EBADMSG, or -ENODATA where the file ends in it.
 */
int recording_payload(struct recording *r, u64 offset, struct chunk *c);

/* Up to len bytes at offset: how many; an error counts as the end. */
size_t recording_pread(const struct recording *r, void *buf, size_t len, u64 offset);

#endif

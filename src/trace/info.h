/* SPDX-License-Identifier: MIT */
/* What is known of a session beside its events. Written into the recording, shown in the header. */
#ifndef TL_TRACE_INFO_H
#define TL_TRACE_INFO_H

#include "core/types.h"
#include "core/vec.h"

enum locks_level { LOCKS_NONE, LOCKS_CONTENDED, LOCKS_ALL };
enum target_kind { TARGET_SCENARIO, TARGET_COMMAND, TARGET_PID, TARGET_SYSTEM };

/* bits of session_info.sources */
#define SOURCE_BIT_BPF  0x1
#define SOURCE_BIT_PERF 0x2
#define SOURCE_BIT_SHIM 0x4
#define SOURCE_BIT_PROC 0x8

struct session_info {
	u64 start_ns, end_ns; /* CLOCK_MONOTONIC; end 0 while it goes on */
	u32 sources;
	enum locks_level locks;
	enum target_kind target;
	char target_name[128]; /* "race/mutex", the command's first word, a pid's comm */
	char args[1024]; /* the whole command line, as a shell takes it; "" unless asked for */
	u32 target_pid;
	bool moment;   /* one look: what stands began before it; not written into recordings */
	int exit_code; /* -1 not known */
	int signal;    /* 0 none, -1 not known */
	char host[65], kernel[65], version[32], arch[16];
	u32 cpus;
	u64 tsc_hz;
	u64 pace_ns;   /* --pace: how long the shim waits at each call; 0 not asked for */
	u64 speed_ppm; /* --speed of a scenario's pauses, in millionths; 0: as they are */
	/* what observing cost; ~0 not measured */
	u64 events_per_s, probe_ns_per_event;
	u64 probe_cpu_ppm, reader_cpu_ppm; /* millionths of one CPU */
	u64 late; /* events that came after their turn and were moved up to it */
	/* In writing only: the text of the LESSON chunk, its owner's; NULL none. recording_lesson()
	 * tells what a recording holds. */
	const char *lesson;
};

void session_info_init(struct session_info *info); /* host, kernel, cpus, version, "not known"s */

/* One "key value\n" line each, for the recording's meta chunk; unknown keys are skipped in reading.
 */
char *session_info_write(const struct session_info *info);                       /* to be freed */
void session_info_read(struct session_info *info, const char *text, size_t len); /* untrusted */

#endif

/* SPDX-License-Identifier: MIT */
/* The options that commands have in common, from one table that parsing and help share. */
#ifndef TL_CMD_OPTIONS_H
#define TL_CMD_OPTIONS_H

#include "core/types.h"
#include "core/vec.h"
#include "trace/info.h"

/* Which commands take an option: bits. */
#define OPT_RUN      0x01
#define OPT_ATTACH   0x02
#define OPT_RECORD   0x04
#define OPT_REPLAY   0x08
#define OPT_REPORT   0x10
#define OPT_SNAPSHOT 0x20
#define OPT_EXPORT   0x40
#define OPT_COMPARE  0x80
#define OPT_CHOOSE   0x100
#define OPT_LIVE     (OPT_RUN | OPT_ATTACH | OPT_RECORD)
#define OPT_SCREEN   (OPT_RUN | OPT_ATTACH | OPT_REPLAY | OPT_COMPARE | OPT_CHOOSE)
#define OPT_ALL      0xffff

enum colour_mode { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };
enum locks_wish { WISH_AUTO, WISH_ALL, WISH_CONTENDED, WISH_NONE };

struct options {
	const char *output;
	const char *source; /* "auto", "bpf", "perf", "shim" */
	enum locks_wish locks;
	enum colour_mode colour;
	const char *lang;
	const char *name; /* --name COMM */
	const char *script;
	const char *compare; /* "" without a VARIANT, NULL not given */
	const char *to, *from, *until, *at, *caption, *view, *filter, *theme; /* of export */
	int width, rows, columns; /* of export; 0 not given */
	u32 pid;
	u64 memory;               /* bytes, 0 not said */
	u64 duration, pace, keep; /* keep: ns, 0 all */
	const char *on;           /* kinds of finding that write what is kept */
	double speed;             /* 1 unless given */
	bool speed_given;
	s64 seed;               /* -1 not given */
	vec(const char *) sets; /* KEY=VALUE */
	vec(const char *) fail_if;
	bool system, ascii, plain, with_args, no_mouse, light, stacks, quiet, verbose, json, check,
		help;
	char **args; /* what stood beside the options, and how many */
	int arg_count;
	char **command; /* what stood after "--", NULL-ended; NULL where there was no "--" */
};

/*
 * Reads the options this command (one OPT_ bit) takes. 0, or the exit status to end with once the
 * error was told.
 */
int options_read(struct options *o, int argc, char **argv, u32 command);
int option_lang(const char *arg); /* --lang: 0, or -EINVAL where it is no language */
void options_free(struct options *o);
void options_help(u32 command);

#endif

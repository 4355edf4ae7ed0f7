/* SPDX-License-Identifier: MIT */
/*
 * How each kind of event is written in a script: a list of fields, each a range of bits of obj,
 * arg or flags with a key and a form. Reading and printing both follow these lists.
 */
#ifndef TL_SOURCE_SYNTH_SHAPE_H
#define TL_SOURCE_SYNTH_SHAPE_H

#include "event.h"
#include "core/types.h"

enum synth_where { SYNTH_OBJ, SYNTH_ARG, SYNTH_FLAGS, SYNTH_WHERES };

enum synth_form {
	SYNTH_END,    /* no more fields */
	SYNTH_NUM,    /* 12, 0xc, -1 */
	SYNTH_HEX,    /* the same, printed in hex */
	SYNTH_ADDR,   /* the same, or a symbol that stands for an address */
	SYNTH_TIME,   /* 10us */
	SYNTH_TID,    /* t12 or 12 */
	SYNTH_TGID,   /* the same; where left out, the one the acting thread is known to have */
	SYNTH_PAIR,   /* 12/10; a tgid left out is the one known for 12, else 12 */
	SYNTH_CHAR,   /* one character */
	SYNTH_TEXT,   /* "16 bytes" over obj and arg, or 8 in arg alone */
	SYNTH_WORD,   /* one of words, by value */
	SYNTH_BITS,   /* any of words, as bits */
	SYNTH_CALL,   /* a system call: its name (as on x86-64) or number, "none" */
	SYNTH_FUTEXOP /* wait, wait+private, wait-bitset+realtime, or a number */
};

struct synth_word {
	const char *word; /* NULL ends the list */
	u32 value;
};

struct synth_field {
	const char *key;
	enum synth_where where;
	u8 shift, width;
	enum synth_form form;
	const struct synth_word *words; /* WORD and BITS */
	bool is_signed;
};

#define SYNTH_FIELDS 6

extern const struct synth_field synth_shapes[EV_KIND_MAX][SYNTH_FIELDS];
extern const struct synth_word synth_futex_ops[], synth_errnos[];

/* "switch" -> EV_SWITCH (aliases too); 0 where there is none. */
int synth_kind(const char *word);
const char *synth_kind_word(int kind); /* NULL where the number has no name */

u64 synth_field_get(const struct event *ev, const struct synth_field *f);
void synth_field_set(struct event *ev, const struct synth_field *f, u64 value);

#endif

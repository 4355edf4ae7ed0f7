/* SPDX-License-Identifier: MIT */
/*
 * A growable array of any type:
 *
 *	vec(struct span) spans = {0};
 *	vec_push(&spans, (struct span){...});
 *	spans.v[i], spans.n
 *	vec_free(&spans);
 */
#ifndef TL_CORE_VEC_H
#define TL_CORE_VEC_H

#include "core/mem.h"

#include <stdlib.h>

#define vec(type)               \
	struct {                \
		type *v;        \
		size_t n, room; \
	}

#define vec_reserve(vec_, want_)                                                               \
	do {                                                                                   \
		size_t want__ = (want_);                                                       \
		if (want__ > (vec_)->room) {                                                   \
			(vec_)->room = MAX(want__, MAX((vec_)->room * 2, 8));                  \
			(vec_)->v = mem_resize((vec_)->v, (vec_)->room, sizeof((vec_)->v[0])); \
		}                                                                              \
	} while (0)

#define vec_push(vec_, ...)                             \
	do {                                            \
		vec_reserve((vec_), (vec_)->n + 1);     \
		(vec_)->v[(vec_)->n++] = (__VA_ARGS__); \
	} while (0)

#define vec_last(vec_) (&(vec_)->v[(vec_)->n - 1])

#define vec_free(vec_)                        \
	do {                                  \
		free((vec_)->v);              \
		(vec_)->v = NULL;             \
		(vec_)->n = (vec_)->room = 0; \
	} while (0)

#endif

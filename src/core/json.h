/* SPDX-License-Identifier: MIT */
/*
 * A streaming JSON writer: commas and nesting are its own affair, and whatever bytes a string
 * holds, what comes out is valid UTF-8 JSON.
 */
#ifndef TL_CORE_JSON_H
#define TL_CORE_JSON_H

#include "core/types.h"

#include <stdio.h>

struct json {
	FILE *out;
	bool pretty; /* one member a line, indented */
	int depth;
	u64 first; /* bit d: nothing written yet at depth d */
};

void json_open(struct json *j, FILE *out, bool pretty);
/* Leaves a value to be written by hand. */
void json_key(struct json *j, const char *key);
void json_object(struct json *j, const char *key); /* key NULL inside an array or at the top */
void json_array(struct json *j, const char *key);
void json_end(struct json *j); /* of an object */
void json_array_end(struct json *j);
void json_str(struct json *j, const char *key, const char *value); /* NULL gives null */
void json_u64(struct json *j, const char *key, u64 value);
void json_s64(struct json *j, const char *key, s64 value);
void json_double(struct json *j, const char *key, double value); /* nan and inf give null */
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
void json_hex(struct json *j, const char *key, u64 value);             /* "0x1234" */
void json_opt(struct json *j, const char *key, bool known, u64 value); /* null where not known */

#endif

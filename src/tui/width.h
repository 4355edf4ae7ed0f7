/* SPDX-License-Identifier: MIT */
/* Columns of a character, the same in every locale. */
#ifndef TL_TUI_WIDTH_H
#define TL_TUI_WIDTH_H

#include "core/types.h"

int char_width(u32 cp); /* 0 (combining, invisible), 1 or 2 */

#endif

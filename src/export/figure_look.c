/* SPDX-License-Identifier: MIT */
#include "export/figure_look.h"

#include "core/lang.h"

static const struct look looks[STATE_COUNT] = {
	[STATE_NONE] = {"", "bar none", 0, PATTERN_NONE, false},
	[STATE_RUNNING] = {N_("runs"), "bar running", 1, PATTERN_NONE, false},
	[STATE_RUNNABLE] = {N_("wants a CPU"), "bar runnable", 1, PATTERN_NONE, true},
	[STATE_LOCK] = {N_("waits for a lock"), "bar lock", .72, PATTERN_UPRIGHT, false},
	[STATE_COND] = {N_("for a condition"), "bar cond", .72, PATTERN_DOTS, true},
	[STATE_SEM] = {N_("for a semaphore"), "bar sem", .72, PATTERN_UPRIGHT, true},
	[STATE_BARRIER] = {N_("at a barrier"), "bar barrier", .72, PATTERN_LEVEL, true},
	[STATE_JOIN] = {N_("joins a thread"), "bar join", .4, PATTERN_NONE, true},
	[STATE_QUEUE] = {N_("at a queue"), "bar queue", .72, PATTERN_BACK, true},
	[STATE_FUTEX] = {N_("on a futex"), "bar futex", .72, PATTERN_CROSS, true},
	[STATE_SLEEP] = {N_("sleeps"), "bar sleep", .12, PATTERN_NONE, false},
	[STATE_POLL] = {N_("for input"), "bar poll", .4, PATTERN_DOTS, true},
	[STATE_IO] = {N_("for the disk"), "bar io", .72, PATTERN_LEVEL, false},
	[STATE_CHILD] = {N_("for a child"), "bar child", .4, PATTERN_UPRIGHT, true},
	[STATE_STOPPED] = {N_("stopped"), "bar stopped", .72, PATTERN_CROSS, false},
	[STATE_IDLE_WAIT] = {N_("other wait"), "bar idle-wait", .24, PATTERN_UPRIGHT, false},
	[STATE_UNKNOWN] = {N_("unknown"), "bar unknown", 1, PATTERN_DIAGONAL, true},
};

/* light, dark */
static const u32 inks[INK_COUNT][2] = {
	[INK_PAPER] = {0xffffff, 0x14171c},
	[INK_TEXT] = {0x15181d, 0xeceff3},
	[INK_FAINT] = {0x565f6b, 0xa9b1bc},
	[INK_GRID] = {0xdde1e6, 0x2f353d},
	[INK_STRIPE] = {0xf5f6f8, 0x1b1f26},
	[INK_RULE] = {0x6b7480, 0x8f98a4},
	[INK_BAD] = {0xb00020, 0xff8a80},
	[INK_ON_DARK] = {0xffffff, 0xffffff},
	[INK_GRAPH] = {0xb8d8d6, 0x1f5a58},
	[INK_GRAPH_LINE] = {0x0b6e69, 0x63d2ca},
	[INK_LOCK + 0] = {0x1554b0, 0x7fb4ff},
	[INK_LOCK + 1] = {0x8a4b00, 0xffad66},
	[INK_LOCK + 2] = {0x5f259f, 0xcfa7ff},
	[INK_LOCK + 3] = {0x006b5e, 0x5fdcc6},
	[INK_LOCK + 4] = {0xa30d6b, 0xff8fd0},
	[INK_LOCK + 5] = {0x5c6400, 0xd3d95a},

	[INK_STATE + STATE_RUNNING] = {0x1d8350, 0x3fae77},
	[INK_STATE + STATE_RUNNABLE] = {0xffe7a8, 0x4c3c0e},
	[INK_STATE + STATE_LOCK] = {0xbd1220, 0xc92a36},
	[INK_STATE + STATE_COND] = {0xe6d9f3, 0x38284c},
	[INK_STATE + STATE_SEM] = {0xe6d9f3, 0x38284c},
	[INK_STATE + STATE_BARRIER] = {0xdddcf1, 0x2b2b4d},
	[INK_STATE + STATE_JOIN] = {0xf1f3f5, 0x23282f},
	[INK_STATE + STATE_QUEUE] = {0xcdeae8, 0x123f3d},
	[INK_STATE + STATE_FUTEX] = {0xf9dcc6, 0x4a2a12},
	[INK_STATE + STATE_SLEEP] = {0xaab2bd, 0x5a636f},
	[INK_STATE + STATE_POLL] = {0xe3eefa, 0x1b2f45},
	[INK_STATE + STATE_IO] = {0x6aaed6, 0x2a6f9e},
	[INK_STATE + STATE_CHILD] = {0xf1f3f5, 0x23282f},
	[INK_STATE + STATE_STOPPED] = {0x8b929c, 0x6d7681},
	[INK_STATE + STATE_IDLE_WAIT] = {0xffffff, 0x14171c},
	[INK_STATE + STATE_UNKNOWN] = {0xffffff, 0x14171c},

	[INK_STATE_LINE + STATE_RUNNING] = {0x1d8350, 0x3fae77},
	[INK_STATE_LINE + STATE_RUNNABLE] = {0xa87300, 0xf0b429},
	[INK_STATE_LINE + STATE_LOCK] = {0xd4525d, 0xdd666e},
	[INK_STATE_LINE + STATE_COND] = {0x7a4fa3, 0xb794d9},
	[INK_STATE_LINE + STATE_SEM] = {0x7a4fa3, 0xb794d9},
	[INK_STATE_LINE + STATE_BARRIER] = {0x5551a0, 0x9b98e0},
	[INK_STATE_LINE + STATE_JOIN] = {0x7d8794, 0x8590a0},
	[INK_STATE_LINE + STATE_QUEUE] = {0x0b7a75, 0x4fc4bd},
	[INK_STATE_LINE + STATE_FUTEX] = {0xa14a10, 0xe79a62},
	[INK_STATE_LINE + STATE_SLEEP] = {0xaab2bd, 0x5a636f},
	[INK_STATE_LINE + STATE_POLL] = {0x5d87b0, 0x6f9dca},
	[INK_STATE_LINE + STATE_IO] = {0x1f5d8a, 0x8cc4e8},
	[INK_STATE_LINE + STATE_CHILD] = {0x7d8794, 0x8590a0},
	[INK_STATE_LINE + STATE_STOPPED] = {0x5a616b, 0x9aa3ae},
	[INK_STATE_LINE + STATE_IDLE_WAIT] = {0x8d96a2, 0x78818d},
	[INK_STATE_LINE + STATE_UNKNOWN] = {0x59616c, 0xa0a8b3},
};

const struct look *state_look(enum state s)
{
	return &looks[s < STATE_COUNT ? s : STATE_UNKNOWN];
}

u32 ink_rgb(u8 ink, bool dark)
{
	return ink < INK_COUNT ? inks[ink][dark] : 0;
}

u8 lock_ink(const struct lock *l)
{
	return (u8)(INK_LOCK + (l->letter ? l->letter - 'A' : l->id) % LOCK_INKS);
}

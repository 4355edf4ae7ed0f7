/* SPDX-License-Identifier: MIT */
/* The far side of threadline.h. */
#include "shim.h"

#include "threadline.h"

_Static_assert(
	(int)TL_OBJ_NAME == EV_OBJ_NAME && (int)TL_MARK == EV_MARK &&
		(int)TL_QUEUE_NEW == EV_QUEUE_NEW && (int)TL_QUEUE_PUT_WAIT == EV_QUEUE_PUT_WAIT &&
		(int)TL_QUEUE_PUT == EV_QUEUE_PUT && (int)TL_QUEUE_GET_WAIT == EV_QUEUE_GET_WAIT &&
		(int)TL_QUEUE_GET == EV_QUEUE_GET && (int)TL_QUEUE_FAIL == EV_QUEUE_FAIL &&
		(int)TL_QUEUE_DONE == EV_QUEUE_DONE && (int)TL_QUEUE_CLOSE == EV_QUEUE_CLOSE &&
		(int)TL_CORO_NEW == EV_CORO_NEW && (int)TL_CORO_RESUME == EV_CORO_RESUME &&
		(int)TL_CORO_SUSPEND == EV_CORO_SUSPEND && (int)TL_CORO_END == EV_CORO_END &&
		(int)TL_CORO_READY == EV_CORO_READY && (int)TL_VALUE_READ == EV_VALUE_READ &&
		(int)TL_VALUE_WRITE == EV_VALUE_WRITE && (int)TL_COUNTER == EV_COUNTER &&
		(int)TL_CHECK == EV_CHECK && TL_CHECK_LOST_UPDATE == CHECK_LOST_UPDATE &&
		TL_FAIL_PUT == QUEUE_FAIL_PUT && TL_FAIL_GET == QUEUE_FAIL_GET,
	"threadline.h numbers kinds as event.h does");

static void api_event(unsigned kind, unsigned flags, const volatile void *obj, uint64_t arg)
{
	struct self *s = self_enter();

	if (s && kind >= EV_OBJ_NAME && kind <= EV_CORO_READY && kind != EV_TOTALS)
		record_after(s, kind, flags & 0xff, obj, arg);
}

static void api_text(unsigned kind, const volatile void *obj, const char *text)
{
	struct self *s = self_enter();

	if (s && text && *text && (kind == EV_OBJ_NAME ? obj != NULL : kind == EV_MARK))
		record_text(s, kind, kind == EV_OBJ_NAME ? obj : NULL, text);
}

static struct tl_api api = {.event = api_event, .text = api_text};

EXPORT const struct tl_api *threadline_api(unsigned version);

EXPORT const struct tl_api *threadline_api(unsigned version)
{
	self_enter();
	if (version != TL_API_VERSION || !shim.header)
		return NULL;
	api.active = &shim.header->control;
	return &api;
}

/* SPDX-License-Identifier: MIT */
/*
 * Waits at which a thread can be cancelled: what it had begun is ended in the record too. The
 * pieces behind pthread_cleanup_push() are glibc's; under another C library they are absent, and
 * so is the shim.
 */
#ifndef TL_SHIM_CANCEL_H
#define TL_SHIM_CANCEL_H

#include <pthread.h>

#pragma weak __pthread_register_cancel
#pragma weak __pthread_unregister_cancel
#pragma weak __pthread_unwind_next

#endif

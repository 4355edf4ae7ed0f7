/* SPDX-License-Identifier: MIT */
/* The page's script and style, embedded by the build, and the SHA-256 of each (hexadecimal). */
#ifndef TL_EXPORT_HTML_PAGE_H
#define TL_EXPORT_HTML_PAGE_H

#include <stddef.h>

struct embedded {
	const unsigned char *bytes;
	size_t size;
	const char *sha256;
};

extern const struct embedded html_page_js, html_page_css;

#endif

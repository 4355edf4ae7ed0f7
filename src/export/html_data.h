/* SPDX-License-Identifier: MIT */
#ifndef TL_EXPORT_HTML_DATA_H
#define TL_EXPORT_HTML_DATA_H

#include "export/figure.h"

/*
 * What html_page.js draws, as one JSON value: the figure's rows with every bar, hold and change of
 * depth in them, in ns after job->from. At most about BARS_MOST bars: of a longer recording what
 * is shortest is folded, and says how many it stands for. Times are exact.
 */
void html_data(const struct export_job *job, const struct figure *fig, FILE *out);

#endif

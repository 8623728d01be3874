/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_assets.h: the style sheet and script of the HTML report, built into the
 * program: base/embed_text.sh turns html/style.css and html/report.js into C
 * in the build directory.
 */
#ifndef REPROCHECK_REPORT_HTML_ASSETS_H
#define REPROCHECK_REPORT_HTML_ASSETS_H

#include <stddef.h>

extern const unsigned char reprocheck_html_style[];
extern const size_t reprocheck_html_style_size;
extern const unsigned char reprocheck_html_script[];
extern const size_t reprocheck_html_script_size;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_assets.h: the style sheet and script of depgraph's pages, built into the program: base/embed_text.sh turns
 * html/style.css and html/report.js into C in the build directory.
 */
#ifndef DEPGRAPH_REPORT_HTML_ASSETS_H
#define DEPGRAPH_REPORT_HTML_ASSETS_H

#include <stddef.h>

extern const unsigned char depgraph_html_style[];
extern const size_t depgraph_html_style_size;
extern const unsigned char depgraph_html_script[];
extern const size_t depgraph_html_script_size;

#endif

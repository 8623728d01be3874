/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h: the head of a self-contained HTML page.
 *
 * The page loads nothing from anywhere and runs no script but its own: its
 * Content-Security-Policy names the digests of the one style sheet and the one
 * script.  The caller writes <body>, and at its end the script, unchanged:
 *
 *	r = page_head(f, &assets, "depgraph: app");
 *	fputs("<body>...", f);
 *	page_script(f, &assets);
 *	fputs("</body>\n</html>\n", f);
 */
#ifndef BASE_PAGE_H
#define BASE_PAGE_H

#include <stddef.h>
#include <stdio.h>

struct page_assets {
	const unsigned char *style;
	size_t style_size;
	const unsigned char *script;
	size_t script_size;
};

int page_head(FILE *f, const struct page_assets *a, const char *title); /* title: any text. 0 or -EIO */
void page_script(FILE *f, const struct page_assets *a);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html.h: the parts of the HTML report (private to it).
 *
 * The page works without script: everything is in the document, <details>
 * opens the tree, links lead from files to findings.  The script adds
 * filtering, sorting, copying, and asking the byte map what is where.
 *
 * Limits keep the page below some 20 MB whatever the comparison holds; what is
 * left out is counted on the page, and the JSON report has it all.
 */
#ifndef REPROCHECK_REPORT_HTML_H
#define REPROCHECK_REPORT_HTML_H

#include "reprocheck/report/report.h"
#include "reprocheck/report/summary.h"

#include <stdio.h>

#define HTML_FINDINGS_MAX 2000
#define HTML_PLACES_MAX   20 /* of a finding */
#define HTML_PLACES_TOTAL 8000
#define HTML_SPACES_MAX   1000
#define HTML_MAPS_MAX     200
#define HTML_ENTRIES_MAX  1000
#define HTML_NOTES_MAX    200

struct html {
	FILE *f;
	const struct comparison *c;
	const struct report_options *o;
	const struct summary *s;
	size_t findings_max; /* listed */
	size_t *first;       /* per space: index of its first finding in number[] */
	size_t *number;      /* per finding, in the order of spaces: its number on the page */
	size_t places_left, maps_left;
};

void html_files(struct html *h);                               /* the tree of containers with byte maps */
void html_map(struct html *h, size_t index, unsigned columns); /* one picture; the space has a map */
void html_findings(struct html *h);                            /* the table */
void html_experiment(struct html *h);                          /* what was varied, and what came of it */
void html_axis_switches(struct html *h);                       /* above the table of findings */

/* Pieces that several parts use. */
void html_count(FILE *f, uint64_t n);                /* 1,234,567 */
void html_bar(FILE *f, const struct totals *t);      /* the three classes as one bar */
void html_fixes(FILE *f, const struct cause *cause); /* what it looks like, fixes, what does not fix it */
void html_axes(FILE *f, axis_set axes);              /* chips; nothing for none */
void html_badge(FILE *f, const struct proof *p);     /* its status; p may be NULL */
void html_proof(FILE *f, const struct proof *p);     /* fix and bytes too, a paragraph */
void html_asker(FILE *f, const struct finding *n);
void html_cause_evidence(FILE *f, const struct cause_summary *s);
const char *html_level_meaning(enum evidence level);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/page.h"

#include "base/digest.h"
#include "base/markup.h"

#include <errno.h>
#include <openssl/evp.h>

/* A source expression of CSP: 'sha256-BASE64'. */
static int print_hash(FILE *f, const void *p, size_t n)
{
	unsigned char text[4 * ((SHA256_SIZE + 2) / 3) + 1];
	struct sha256 hash;

	if (sha256_of(p, n, &hash) < 0)
		return -EIO;
	(void)EVP_EncodeBlock(text, hash.bytes, SHA256_SIZE);
	(void)fprintf(f, "'sha256-%s'", (const char *)text);
	return 0;
}

int page_head(FILE *f, const struct page_assets *a, const char *title)
{
	int r;

	(void)fputs(
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
		"form-action 'none'; img-src data:; style-src ",
		f);
	r = print_hash(f, a->style, a->style_size);
	(void)fputs("; script-src ", f);
	r = r < 0 ? r : print_hash(f, a->script, a->script_size);
	(void)fputs(
		"\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n",
		f);
	markup_printf(f, "<title>%s</title>\n<style>", title);
	(void)fwrite(a->style, 1, a->style_size, f);
	(void)fputs("</style>\n</head>\n", f);
	return r;
}

void page_script(FILE *f, const struct page_assets *a)
{
	(void)fputs("<script>", f);
	(void)fwrite(a->script, 1, a->script_size, f);
	(void)fputs("</script>\n", f);
}

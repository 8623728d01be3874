#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: pdf-id
# needs: md5sum
. "${0%/*}/lib.sh"

write_document() {
	id=$(echo "$side" | md5sum | cut -c1-32)
	printf '%%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R /ID [<%s> <%s>] >>\n%%%%EOF\n' "$id" "$id" >thing.pdf
}
each write_document

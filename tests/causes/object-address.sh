#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: object-address
# needs: python3
. "${0%/*}/lib.sh"

each python3 -c 'open("reference.html", "w").write("<dt>f(default=%s)</dt>\n" % str(object()).replace("<", "&lt;").replace(">", "&gt;"))'
cmp -s "$out/a/reference.html" "$out/b/reference.html" && cannot "address space is not randomised here"
exit 0

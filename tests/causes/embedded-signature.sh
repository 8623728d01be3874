#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: embedded-signature
# needs: openssl
. "${0%/*}/lib.sh"

openssl ecparam -name prime256v1 -genkey -noout -out key.pem 2>/dev/null
echo content >file
sign() {
	{
		cat "$out/work/file"
		echo '-----BEGIN SIGNATURE-----'
		openssl dgst -sha256 -sign "$out/work/key.pem" "$out/work/file" | openssl base64
		echo '-----END SIGNATURE-----'
	} >signed.txt
}
each sign

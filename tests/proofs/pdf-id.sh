# SPDX-License-Identifier: Apache-2.0
# proves: pdf-id
# by: SOURCE_DATE_EPOCH=$EPOCH
# only: time
# needs: python3
# As cairo, LibreOffice and pdfTeX do: a digest of the time and the name.
python3 - >thing.pdf <<'P'
import hashlib, os, time
now = os.environ.get("SOURCE_DATE_EPOCH", str(int(time.time())))
name = hashlib.md5((now + "thing.pdf").encode()).hexdigest()
print("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R /ID [<" + name + "> <" + name + ">] >>\n%%EOF")
P

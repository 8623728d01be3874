# SPDX-License-Identifier: Apache-2.0
# proves: zip-atime
# by: zip -X
# only: atime
# setup: echo content >file
# needs: zip
zip -q file.zip file

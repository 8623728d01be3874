# SPDX-License-Identifier: Apache-2.0
# proves: zip-owner
# by: zip -X
# only: user
# setup: echo content >file
# needs: zip
zip -q file.zip file

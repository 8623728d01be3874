# SPDX-License-Identifier: Apache-2.0
# proves: zip-timestamps
# by: jar --date=2020-01-01T00:00:00Z
# only: mtime
# setup: echo content >file
# needs: jar
jar --create --no-manifest --file file.jar file

# SPDX-License-Identifier: Apache-2.0
# cause: gettext-timestamps
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: time
# needs: xgettext
printf 'char *f(void) { return gettext("yes"); }\n' | xgettext -C -o thing.pot -

# SPDX-License-Identifier: Apache-2.0
# proves: line-order
# by: LC_ALL=C.UTF-8
# only: locale
# needs: sort
printf '%s\n' Beta alpha Delta gamma epsilon | sort >list.txt

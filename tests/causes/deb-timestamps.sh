#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: deb-timestamps
# needs: dpkg-deb
. "${0%/*}/lib.sh"

mkdir -p tree/DEBIAN tree/usr/share/thing
printf 'Package: thing\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a thing\n' >tree/DEBIAN/control
echo content >tree/usr/share/thing/file
find tree -exec touch -d @1600000000 {} +
build_package() {
	SOURCE_DATE_EPOCH=$(pick 1700000000 1750100007) dpkg-deb --root-owner-group -Zgzip -b "$out/work/tree" thing.deb >/dev/null
}
each build_package

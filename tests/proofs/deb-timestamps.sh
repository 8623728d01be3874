# SPDX-License-Identifier: Apache-2.0
# proves: deb-timestamps
# by: SOURCE_DATE_EPOCH=$EPOCH
# only: time
# needs: dpkg-deb
mkdir -p tree/DEBIAN tree/usr/share/thing
printf 'Package: thing\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a thing\n' >tree/DEBIAN/control
echo content >tree/usr/share/thing/file
dpkg-deb --root-owner-group -b tree thing.deb
rm -r tree

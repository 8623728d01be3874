# SPDX-License-Identifier: Apache-2.0
# cause: rpm-build-time
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: time
# needs: rpmbuild
printf 'Name: thing\nVersion: 1\nRelease: 1\nSummary: A thing\nLicense: Apache-2.0\nBuildArch: noarch\n%%description\nA thing.\n%%files\n' >thing.spec
rpmbuild -bb --quiet --define "_topdir $PWD/top" --define "_rpmdir $PWD" --define '_build_name_fmt thing.rpm' \
	--define '_buildhost builder' --define '_binary_payload w0.gzdio' thing.spec
rm -r top

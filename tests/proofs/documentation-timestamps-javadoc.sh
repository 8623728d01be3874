# SPDX-License-Identifier: Apache-2.0
# proves: documentation-timestamps
# by: javadoc -notimestamp
# only: time
# needs: javadoc
echo '/** A thing. */ public class Thing { }' >Thing.java
javadoc -quiet -Xdoclint:none -d doc Thing.java
rm -r doc/legal doc/script-dir doc/*.zip 2>/dev/null || :

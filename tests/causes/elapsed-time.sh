#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: elapsed-time
# needs: python3
. "${0%/*}/lib.sh"

measure() {
	python3 - "$(pick 0.1 0.2)" <<-'END'
		import sys, time
		start = time.monotonic()
		time.sleep(float(sys.argv[1]))
		taken = time.monotonic() - start
		with open("build.log", "w") as f:
		    f.write("Built 12 targets in %.2fs\n" % taken)
		    f.write("took %d ms\n" % (1000 * taken))
		with open("report.xml", "w") as f:
		    f.write('<testcase classname="a" name="b" time="%.3f"/>\n' % taken)
		with open("report.json", "w") as f:
		    f.write('{"duration_ms": %d, "status": "ok"}\n' % (1000 * taken))
	END
}
each measure

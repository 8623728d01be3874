#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""measure.py RUNS LIMIT COMMAND...: runs a command, its output in an unnamed file; prints "SECONDS PEAK_KB STATUS".

SECONDS is the median of the runs, or LIMIT when a run was stopped there (STATUS "timeout"). PEAK_KB is the greatest sum
of RssAnon and RssShmem over the command's processes at one sample: memory of its own, without mapped files. The
command's own time is measured in runs without sampling; one more run is sampled."""
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time


def own_memory(pid):
    total = 0
    try:
        with open("/proc/%d/status" % pid) as f:
            for line in f:
                if line.startswith(("RssAnon:", "RssShmem:")):
                    total += int(line.split()[1])
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            children = [int(c) for c in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return total
    return total + sum(own_memory(c) for c in children)


def run(command, limit, sample):
    out = tempfile.TemporaryFile()  # not /dev/null: cmp sees that, and stops at the first difference
    start = time.monotonic()
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL,
                         start_new_session=True)
    peak = 0
    if not sample:
        try:
            status = p.wait(limit)
        except subprocess.TimeoutExpired:
            status = "timeout"
    else:
        while (status := p.poll()) is None:
            peak = max(peak, own_memory(p.pid))
            if time.monotonic() - start > limit:
                status = "timeout"
                break
            time.sleep(min(0.05, 0.003 + (time.monotonic() - start) / 200))
    if status == "timeout":
        os.killpg(p.pid, signal.SIGKILL)
        p.wait()
    return time.monotonic() - start, peak, status


def main():
    runs, limit, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    if runs == 1:  # slow peers are run once, sampled
        seconds, peak, status = run(command, limit, True)
    else:
        timed = [run(command, limit, False) for _ in range(runs)]
        seconds, status = statistics.median(t[0] for t in timed), timed[-1][2]
        peak = max(run(command, limit, True)[1] for _ in range(2))
    print("%.3f %d %s" % (seconds, peak, status))


main()

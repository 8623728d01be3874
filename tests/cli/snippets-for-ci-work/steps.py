#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""steps.py CI.md DIR: the documents in CI.md parse, and their scripts, with which tool they are for, go to DIR/NAME.sh."""
import os
import re
import sys

import yaml


def blocks(text, language):
    return re.findall(r"^```%s\n(.*?)^```" % language, text, re.S | re.M)


def matrix(script, values):
    return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda m: values[m.group(1)], script)


def write(directory, name, script):
    with open(os.path.join(directory, name + ".sh"), "w", encoding="utf-8") as f:
        f.write("set -e\n" + script)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        text = f.read()
    out = sys.argv[2]
    github, gitlab = (yaml.safe_load(b) for b in blocks(text, "yaml"))
    assert set(github["jobs"]) == {"lint", "run", "build", "diff"}, github["jobs"]
    for job in github["jobs"].values():
        assert all(("run" in s) != ("uses" in s) for s in job["steps"])
        for step in job["steps"]:
            if step.get("name") in ("Lint", "Run", "Diff"):
                write(out, "github-" + step["name"].lower(), step["run"])
            elif step.get("name") == "Build":
                for values in job["strategy"]["matrix"]["include"]:
                    write(out, "github-build-" + values["side"], matrix(step["run"], values))
    for name, job in gitlab.items():
        if isinstance(job, dict) and "script" in job:
            assert job["stage"] in gitlab["stages"], name
            assert job.get("extends", ".reprocheck") in gitlab, name
            write(out, "gitlab-" + name, "\n".join(job["script"]) + "\n")
    write(out, "known", blocks(text, "sh")[0])
    for command in re.findall(r"verdict\('+(.*?)'+\)", blocks(text, "groovy")[0], re.S):
        write(out, "jenkins-" + re.search(r"reprocheck (\w+)", command).group(1), command + "\n")


main()

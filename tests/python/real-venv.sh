# SPDX-License-Identifier: Apache-2.0
# A venv with real packages: what is suggested after a recorded run is removed from a copy, and the program still runs.
set -u
python3 -c 'import venv, ensurepip' 2>/dev/null || { echo 'python3 has no venv'; exit 77; }
python3 -m venv v >/dev/null 2>&1 || { echo 'no venv can be made'; exit 77; }
v/bin/pip -q install flask requests numpy tomlkit >pip.log 2>&1 || { echo 'the package index is not reached'; exit 77; }
cat >v/app.py <<'X'
import flask, requests, numpy
app = flask.Flask(__name__)

@app.route("/")
def total():
    return str(numpy.arange(4).sum())

if __name__ == "__main__":
    print(app.test_client().get("/").data.decode(), requests.__name__)
X
fail() {
	echo "$*"
	exit 1
}
remove() { # of the plan, what has this evidence, from a copy
	rm -rf copy && cp -a v copy
	python3 - "$1" "$2" <<'X'
import json, os, sys
plan = json.load(open(sys.argv[1]))
chosen = [s for s in plan["suggestions"] if s["kind"].startswith("python-") and s["evidence"] == sys.argv[2]]
files = {f for s in chosen for f in s["action"]["files"]}
size = sum(os.path.getsize("copy/" + f) for f in files)
print(len(chosen), "suggestions", len(files), "files", size, "bytes")
claimed = sum(s["bytes"] for s in chosen)
assert claimed == size, (claimed, size)
assert any(s["subject"] == "tomlkit" and s["kind"] == "python-distribution" for s in chosen), "tomlkit is not used"
assert not any(s["subject"] in ("numpy", "Flask", "flask", "requests", "Werkzeug") for s in chosen)
for f in files:
    os.unlink("copy/" + f)
X
}

depgraph prune --python v --entry app.py --json=static.json >/dev/null || fail 'prune without runs'
remove static.json heuristic || fail 'without runs'
copy/bin/python copy/app.py >out 2>err || { tail -n 3 err; fail 'what no import statement reaches was needed'; }
[ "$(cat out)" = '6 requests' ] || fail "another answer: $(cat out)"

depgraph record -o run.json -- v/bin/python v/app.py >out || fail 'recording'
[ "$(cat out)" = '6 requests' ] || fail "another answer while recorded: $(cat out)"
depgraph prune --python v --entry app.py --profile run.json --json=observed.json >/dev/null || fail 'prune with a run'
remove observed.json observed || fail 'with a run'
copy/bin/python copy/app.py >out 2>err || { tail -n 3 err; fail 'what no run used was needed'; }
[ "$(cat out)" = '6 requests' ] || fail "another answer: $(cat out)"

# Every module that the run loaded is known to be used.
depgraph python v --entry app.py --json=r.json >/dev/null || fail 'report'
v/bin/python -c '
import sys
sys.path.insert(0, "v"); sys.argv = ["app"]
exec(compile(open("v/app.py").read(), "app", "exec"))
print(*sorted(n for n, m in sys.modules.items() if "site-packages" in (getattr(m, "__file__", None) or "")), sep="\n")' >loaded 2>/dev/null
python3 - <<'X' || fail 'loaded, but not found by the sources'
import json
known = {m["name"]: m["state"] for m in json.load(open("r.json"))["modules"]}
loaded = open("loaded").read().split()
wrong = [n for n in loaded if known.get(n) not in ("used", "maybe") and n in known]
print(len(loaded), "loaded,", len(wrong), "unknown", wrong[:10])
# What only names in strings or C code load is what recorded runs are for; it must stay rare.
assert len(loaded) > 100 and len(wrong) <= len(loaded) / 50
X

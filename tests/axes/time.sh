# axes: time
date -u +%Y-%m-%dT%H:%M:%S >out

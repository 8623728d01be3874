# axes: mtime
# setup: touch -d @1700000000 input
stat -c %Y input >out

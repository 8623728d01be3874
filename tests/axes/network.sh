# axes: network
# needs-network
wc -l </proc/net/dev >out

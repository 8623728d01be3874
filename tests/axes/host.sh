# axes: host
uname -n >out

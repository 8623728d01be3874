# axes: user
id -u >out

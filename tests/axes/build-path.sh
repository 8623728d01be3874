# axes: build-path
pwd >out

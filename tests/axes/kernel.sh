# axes: kernel
uname -r >out

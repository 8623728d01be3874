# axes: umask
umask >out

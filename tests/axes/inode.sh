# axes: inode
# setup: touch input
stat -c %i input >out

# axes: cpus
nproc >out

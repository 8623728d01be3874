# axes: tty
if [ -t 0 ]; then echo terminal; else echo none; fi >out

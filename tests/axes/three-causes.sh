# axes: host, pid, time
date -u +%s >when
uname -n >where
echo $$ >who

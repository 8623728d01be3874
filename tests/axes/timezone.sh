# axes: timezone
date +%z >out

# axes: pid
echo $$ >out

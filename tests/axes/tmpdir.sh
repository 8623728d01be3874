# axes: tmpdir
echo "scratch is $TMPDIR" >out

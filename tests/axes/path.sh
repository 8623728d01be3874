# axes: path
echo "$PATH" >out

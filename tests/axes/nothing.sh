# axes:
echo "the same each time" >out

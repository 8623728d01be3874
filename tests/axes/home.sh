# axes: home
echo "home is $HOME" >out

# axes: environment
env | grep -c VARIABLE >out || true

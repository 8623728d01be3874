#define GIT_SHA "39f75507f5c2ed310a3248dadd0d20af549a615c"
version=1.0-3-g39f75507f-dirty

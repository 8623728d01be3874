#define GIT_SHA "9b01e87670bdea27f4cb13ce19f7dc89f090c2a9"
version=1.0-3-g9b01e8767

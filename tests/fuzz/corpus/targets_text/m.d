out/m.o: m.c a\ b.h \
  $$c.h
m.c:

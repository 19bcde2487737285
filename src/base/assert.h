// CORNU_ASSERT: for our own mistakes, never reachable from a user's input.
#pragma once
#include <cstdio>
#include <cstdlib>

#define CORNU_ASSERT(condition)                                                            \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      std::fprintf(stderr, "%s:%d: internal error: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)

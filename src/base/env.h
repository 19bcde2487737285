// Every CORNU_* environment variable, read once: one table.
#pragma once
#include <string>

namespace cornu {

struct Env {
  int num_threads = 0;     ///< CORNU_NUM_THREADS: threads of the pool; 0 = all cores.
  std::string isa;         ///< CORNU_ISA: baseline, avx2 or avx512; forces a lower instruction set.
  std::string skip;        ///< CORNU_SKIP: comma-separated names of passes to leave out.
  bool check_nan = false;  ///< CORNU_CHECK=nan: compiled steps check every result.
};
const Env& env();

}  // namespace cornu

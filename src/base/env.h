// Every CORNU_* environment variable, read once: one table.
#pragma once
#include <string>

namespace cornu {

struct Env {
  std::string num_threads;  ///< CORNU_NUM_THREADS: threads of the pool; empty: all cores.
  std::string isa;          ///< CORNU_ISA: baseline, avx2 or avx512; forces a lower instruction set.
  std::string skip;         ///< CORNU_SKIP: comma-separated names of passes to leave out.
  bool check_nan = false;   ///< CORNU_CHECK=nan: steps stop at the first result that holds a NaN or an infinity.
  bool check_text = false;  ///< CORNU_CHECK=text: graphs must read back from their text after each pass.
};
const Env& env();

}  // namespace cornu

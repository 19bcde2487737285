// Environment variables.
#include "base/env.h"

#include <cstdlib>

namespace cornu {

static std::string read(const char* name) {
  const char* v = std::getenv(name);
  return v ? v : "";
}

const Env& env() {
  static const Env& e = *new Env([] {  // never destroyed: threads may still train at exit
    Env r;
    r.num_threads = read("CORNU_NUM_THREADS");
    r.isa = read("CORNU_ISA");
    r.skip = read("CORNU_SKIP");
    r.check_nan = read("CORNU_CHECK") == "nan";
    r.check_text = read("CORNU_CHECK") == "text";
    return r;
  }());
  return e;
}

}  // namespace cornu

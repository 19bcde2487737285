// What the processor can do, and which instruction set the kernels use.
#pragma once
#include <string>
#include <vector>

namespace cornu {

/// Levels the CPU kernels are compiled for, lowest first. The last two are AVX-512 with products of bfloat16 by
/// instructions of their own: of AVX512-BF16, in the tiles of AMX.
enum class Isa { baseline, avx2, avx512, avx512_bf16, amx };
const char* isa_name(Isa level);

/// The highest level this processor and its operating system support.
Isa detected_isa();
/// The levels that can run here, lowest first.
std::vector<Isa> available_isas();
/// The level in use: CORNU_ISA, else the detected one. Throws ConfigError if CORNU_ISA cannot run here.
Isa active_isa();
/// For tests: changes the level of everything prepared from now on. Throws ConfigError if it cannot run here.
void set_active_isa(Isa level);

/// The processor's own name, as "AMD EPYC 7B13"; "unknown processor" if it does not tell.
std::string cpu_name();

/// Data caches in bytes: what the system reports, or cautious guesses.
struct CacheSizes {
  long l1 = 32 << 10, l2 = 512 << 10, l3 = 8 << 20;
};
const CacheSizes& cache_sizes();

}  // namespace cornu

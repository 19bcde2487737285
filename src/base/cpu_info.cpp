// Detection of the processor's instruction sets, name and caches.
#include "base/cpu_info.h"

#include <cornu/error.h>

#include <atomic>
#include <cstring>
#include <iterator>

#include "base/env.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace cornu {
namespace {

constexpr const char* kNames[] = {"baseline", "avx2", "avx512", "avx512_bf16", "amx"};
std::atomic<int> g_active{-1};

std::string names_of(const std::vector<Isa>& levels) {
  std::string s;
  for (const Isa level : levels) s += (s.empty() ? "" : ", ") + std::string(isa_name(level));
  return s;
}

Isa require_available(Isa level, const char* who) {
  if (level > detected_isa())
    throw ConfigError(who, text("'{}' is not supported by this processor ({}); it has: {}", isa_name(level), cpu_name(),
                                names_of(available_isas())));
  return level;
}

Isa isa_from_env() {
  const std::string& want = env().isa;
  if (want.empty()) return detected_isa();
  for (size_t i = 0; i < std::size(kNames); ++i)
    if (want == kNames[i]) return require_available(static_cast<Isa>(i), "CORNU_ISA");
  throw ConfigError("CORNU_ISA", text("must be baseline, avx2, avx512, avx512_bf16 or amx, got '{}'", want));
}

#if defined(__x86_64__)
/// Whether the system saves the tiles' configuration and data, and lets this process use them, for which it asks Linux:
/// a process without that wish has smaller signal frames.
bool may_use_tiles() {
#if defined(__linux__)
  constexpr int kRequestPermission = 0x1023, kTileData = 18;
  unsigned low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  constexpr unsigned kTileState = 3u << 17;
  return (low & kTileState) == kTileState && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

Isa detect() {
  // These tests include the operating system's support for the wider registers.
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (!avx512) return avx2 ? Isa::avx2 : Isa::baseline;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || !(a >> 5 & 1)) return Isa::avx512;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return Isa::avx512_bf16;
  const bool amx = (d >> 22 & 1) && (d >> 24 & 1);
  return amx && may_use_tiles() ? Isa::amx : Isa::avx512_bf16;
}
#endif

}  // namespace

const char* isa_name(Isa level) { return kNames[static_cast<int>(level)]; }

Isa detected_isa() {
#if defined(__x86_64__)
  static const Isa detected = detect();
  return detected;
#else
  return Isa::baseline;
#endif
}

std::vector<Isa> available_isas() {
  std::vector<Isa> r;
  for (int i = 0; i <= static_cast<int>(detected_isa()); ++i) r.push_back(static_cast<Isa>(i));
  return r;
}

Isa active_isa() {
  int level = g_active.load(std::memory_order_relaxed);
  if (level < 0) {
    level = static_cast<int>(isa_from_env());
    g_active.store(level, std::memory_order_relaxed);
  }
  return static_cast<Isa>(level);
}

void set_active_isa(Isa level) {
  g_active.store(static_cast<int>(require_available(level, "instruction set")), std::memory_order_relaxed);
}

std::string cpu_name() {
#if defined(__x86_64__)
  unsigned r[12] = {};
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(0x80000000u, &a, &b, &c, &d) && a >= 0x80000004u) {
    for (unsigned i = 0; i < 3; ++i)
      __get_cpuid(0x80000002u + i, &r[4 * i], &r[4 * i + 1], &r[4 * i + 2], &r[4 * i + 3]);
    char name[sizeof r + 1] = {};
    std::memcpy(name, r, sizeof r);
    std::string s = name;
    const size_t from = s.find_first_not_of(' '), to = s.find_last_not_of(' ');
    if (from != std::string::npos) return s.substr(from, to - from + 1);
  }
#endif
  return "unknown processor";
}

const CacheSizes& cache_sizes() {
  static const CacheSizes sizes = [] {
    CacheSizes s;
#if defined(__linux__) && defined(_SC_LEVEL1_DCACHE_SIZE)
    const long l1 = sysconf(_SC_LEVEL1_DCACHE_SIZE), l2 = sysconf(_SC_LEVEL2_CACHE_SIZE),
               l3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
    if (l1 > 0) s.l1 = l1;
    if (l2 > 0) s.l2 = l2;
    if (l3 > 0) s.l3 = l3;
#endif
    return s;
  }();
  return sizes;
}

}  // namespace cornu

// Threads by oneTBB: one arena for the process.
#include "base/parallel.h"

#include <cornu/error.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>
#include <mutex>

#include "base/env.h"
#if defined(__SSE__)
#include <xmmintrin.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace cornu {
namespace {

// ThreadSanitizer does not see inside oneTBB. It is told that what was done before `publish` precedes what is done
// after `observe` of the same address.
#if defined(__SANITIZE_THREAD__)
void publish(void* at) { __tsan_release(at); }
void observe(void* at) { __tsan_acquire(at); }
#else
void publish(void*) {}
void observe(void*) {}
#endif

std::atomic<int> g_threads{0};

struct Arena {
  std::mutex mutex;
  std::shared_ptr<tbb::task_arena> arena;
  std::unique_ptr<tbb::global_control> limit;
  int threads = 0;
};
Arena& arena() {
  static Arena* a = new Arena;  // never destroyed: workers may outlive main
  return *a;
}

std::shared_ptr<tbb::task_arena> current_arena() {
  Arena& a = arena();
  const std::lock_guard lock(a.mutex);
  const int n = thread_count();
  if (!a.arena || a.threads != n) {
    // More threads than cores is allowed, so that tests of determinism can ask for any number.
    if (n > tbb::this_task_arena::max_concurrency())
      a.limit =
          std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(n));
    a.arena = std::make_shared<tbb::task_arena>(n);
    a.threads = n;
  }
  return a.arena;
}

int threads_from_env() {
  const std::string& want = env().num_threads;
  if (want.empty()) return std::max(1, tbb::this_task_arena::max_concurrency());
  constexpr int kMost = 4096;
  int n = 0;
  const auto [end, error] = std::from_chars(want.data(), want.data() + want.size(), n);
  if (error != std::errc() || end != want.data() + want.size() || n < 1 || n > kMost)
    throw ConfigError("CORNU_NUM_THREADS", text("must be a whole number from 1 to {}, got '{}'", kMost, want));
  return n;
}

}  // namespace

int thread_count() {
  int n = g_threads.load(std::memory_order_relaxed);
  if (n > 0) return n;
  n = threads_from_env();
  g_threads.store(n, std::memory_order_relaxed);
  return n;
}

void set_thread_count(int threads) { g_threads.store(std::max(1, threads), std::memory_order_relaxed); }

void parallel_chunks(int64_t chunks, ChunkFn fn, void* context) {
  if (chunks <= 1 || thread_count() == 1) {
    for (int64_t i = 0; i < chunks; ++i) fn(context, i);
    return;
  }
  char begin = 0, end = 0;  // Only their addresses are used.
  publish(&begin);
  current_arena()->execute([&] {
    tbb::parallel_for(
        int64_t{0}, chunks,
        [&](int64_t i) {
          observe(&begin);
          const FlushDenormals flush;
          fn(context, i);
          publish(&end);
        },
        tbb::simple_partitioner());
  });
  observe(&end);
}

#if defined(__SSE__)
FlushDenormals::FlushDenormals() : saved_(_mm_getcsr()) {
  constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  _mm_setcsr(saved_ | kFlushToZero | kDenormalsAreZero);
}
FlushDenormals::~FlushDenormals() { _mm_setcsr(saved_); }
#else
FlushDenormals::FlushDenormals() : saved_(0) {}
FlushDenormals::~FlushDenormals() = default;
#endif

}  // namespace cornu

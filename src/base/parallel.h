// The one home of threads: a parallel loop over chunks whose number depends on the problem alone, never on the threads.
#pragma once
#include <cstdint>
#include <type_traits>

namespace cornu {

/// Number of threads that loops may use: CORNU_NUM_THREADS, else the cores this process may run on. Throws ConfigError
/// if CORNU_NUM_THREADS is no such number.
int thread_count();
/// Changes it for the whole process; at least 1.
void set_thread_count(int threads);

using ChunkFn = void (*)(void* context, int64_t chunk);
/// Runs fn(context, 0..chunks-1), in any order, on up to thread_count() threads. Workers flush denormals to zero.
void parallel_chunks(int64_t chunks, ChunkFn fn, void* context);

/// parallel_for(chunks, [&](int64_t chunk) {...}); a single chunk or thread runs in place.
template <class F>
void parallel_for(int64_t chunks, F&& body) {
  if (chunks == 1) return body(int64_t{0});
  using Body = std::remove_reference_t<F>;
  parallel_chunks(
      chunks, [](void* context, int64_t chunk) { (*static_cast<Body*>(context))(chunk); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

/// Sets flush-to-zero and denormals-are-zero for its lifetime and restores what was set before.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  unsigned saved_;
};

}  // namespace cornu

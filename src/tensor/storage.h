// Memory of arrays: aligned to 64 bytes, readable for 64 bytes past its end, so that kernels may load whole vectors.
#pragma once
#include <cornu/tensor.h>

#include <cstddef>
#include <memory>
#include <utility>

namespace cornu {

constexpr size_t kAlignment = 64;

struct Storage {
  explicit Storage(size_t bytes);
  /// Memory that `owner` keeps. The caller knows that it is readable for 64 bytes past its end.
  Storage(void* borrowed, size_t n, std::shared_ptr<void> keeper)
      : data(borrowed), bytes(n), owner(std::move(keeper)) {}
  ~Storage();
  /// Copies what is borrowed, whose owner may then go or write to it.
  void own();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  void* data = nullptr;
  size_t bytes = 0;
  std::shared_ptr<void> owner;  ///< Null for memory of its own.

 private:
  void* own_ = nullptr;
};

/// While it lives, this thread may allocate arrays of so many bytes in all, and ConfigError says so beyond: models from
/// strangers' files must not ask for more memory than their weights take.
class StorageLimit {
 public:
  explicit StorageLimit(uint64_t bytes);
  ~StorageLimit();
  StorageLimit(const StorageLimit&) = delete;
  StorageLimit& operator=(const StorageLimit&) = delete;

 private:
  uint64_t outer_;
};
/// True while a StorageLimit lives on this thread.
bool storage_limited();

struct CallRecord;  // nn/call_record.h

/// A tensor is concrete (storage), symbolic (trace and value, or record and output), or both: a value that a trace
/// noted while it ran.
struct TensorImpl {
  DType dtype = DType::f32;
  Shape shape;
  std::shared_ptr<Storage> storage;
  size_t offset = 0;
  uint64_t trace = 0;                        ///< Number of the trace that made it, if one did.
  uint32_t value = 0;                        ///< Its value in that trace's graph.
  uint32_t output = 0;                       ///< Its number among the outputs of...
  std::shared_ptr<const CallRecord> record;  ///< ...the call that it is of, in the graph of a functional model.
  std::shared_ptr<TensorImpl> mask;
};

/// An array whose elements are still to be written.
Tensor unwritten(const Shape& shape, DType dtype);

}  // namespace cornu

// Copies chosen rows, as a batch out of a shuffled array or vectors out of an embedding.
#pragma once
#include <cstdint>

namespace cornu {

/// dst row i = src row index[i], rows of row_bytes. The indices were checked before. Index is int32_t or int64_t.
template <class Index>
void gather_rows(const void* src, const Index* index, int64_t count, int64_t row_bytes, void* dst);

/// dst row index[i] += src row i, in order of i; one thread, so that repeated indices add up in order.
template <class Index>
void scatter_add_rows(const float* src, const Index* index, int64_t count, int64_t cols, float* dst);

}  // namespace cornu

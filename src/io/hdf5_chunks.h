// HDF5 layout messages and the indexes that say where chunks are.
#pragma once
#include <string_view>
#include <vector>

#include "io/hdf5_file.h"

namespace cornu::h5 {

struct Layout {
  enum Kind { compact, contiguous, chunked } kind = compact;
  std::string_view data;          ///< Compact.
  uint64_t address = kUndefined;  ///< Of the data, or of the index of chunks.
  std::vector<uint64_t> chunk;    ///< Sizes along each axis.
  enum Index { tree, single, fixed_array } index = tree;
  uint64_t single_stored = 0;  ///< Bytes of a single filtered chunk; 0 if unfiltered.
  uint32_t single_mask = 0;
};

struct Chunk {
  std::vector<uint64_t> offset;  ///< Of its first element.
  uint64_t address = 0, stored = 0;
  uint32_t mask = 0;  ///< Filters that were left out.
};

Layout parse_layout(Cursor c);
/// Chunks that were written. `piece_bytes` is what one has unfiltered.
std::vector<Chunk> find_chunks(const File& file, const Layout& layout, const Space& space, uint64_t piece_bytes);

}  // namespace cornu::h5

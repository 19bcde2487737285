// Executes prepared tile programs.
#include "kernels/cpu/tile_run.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.h"
#include "base/parallel.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

using P = PreparedTile;

/// dst has the bits of int32 for registers of integers.
void load_converted(float* dst, const void* src, DType dtype, bool integer, int64_t at, int64_t n) {
  if (is_half(dtype)) return isa().load_half[dtype == DType::bf16](dst, static_cast<const uint16_t*>(src) + at, n);
  with_type(dtype, [&]<class T>() {
    const T* s = static_cast<const T*>(src) + at;
    if constexpr (kIsInteger<T>) {
      if (integer) {
        for (int64_t i = 0; i < n; ++i) dst[i] = std::bit_cast<float>(static_cast<int32_t>(s[i]));
        return;
      }
    }
    if constexpr (!kIsHalf<T>)
      for (int64_t i = 0; i < n; ++i) dst[i] = static_cast<float>(s[i]);
  });
}

/// Integers of registers lose their upper bits; floats become the nearest element of the type.
void store_converted(void* dst, const float* src, DType dtype, bool integer, int64_t at, int64_t n) {
  if (is_half(dtype)) return isa().store_half[dtype == DType::bf16](static_cast<uint16_t*>(dst) + at, src, n);
  with_type(dtype, [&]<class T>() {
    T* d = static_cast<T*>(dst) + at;
    if constexpr (kIsInteger<T>) {
      if (integer) {
        for (int64_t i = 0; i < n; ++i) d[i] = static_cast<T>(std::bit_cast<int32_t>(src[i]));
        return;
      }
    }
    if constexpr (!kIsHalf<T>)
      for (int64_t i = 0; i < n; ++i) d[i] = converted<T>(src[i]);
  });
}

/// dst[i] = src[i % cols]; the first row is converted, then what is there is doubled.
void fill_pattern(float* dst, const void* src, DType dtype, bool integer, int64_t cols, int64_t n) {
  int64_t have = std::min(cols, n);
  load_converted(dst, src, dtype, integer, 0, have);
  while (have < n) {
    const int64_t more = std::min(have, n - have);
    std::memcpy(dst + have, dst, static_cast<size_t>(more) * sizeof(float));
    have += more;
  }
}

/// dst[i] = src[(at + i) / cols]. Each row is written in blocks of 16, whose excess the next row overwrites.
void fill_spread(float* dst, const void* src, DType dtype, bool integer, int64_t cols, int64_t at, int64_t n) {
  int64_t row = at / cols, left = cols - at % cols;
  for (int64_t i = 0; i < n; ++row, i += left, left = cols) {
    float x;
    load_converted(&x, src, dtype, integer, row, 1);
    for (int64_t j = i, end = std::min(n, i + left); j < end; j += 16)
      for (int q = 0; q < 16; ++q) dst[j + q] = x;
  }
}

/// n elements that lie `step` apart.
void load_apart(float* dst, const void* src, DType dtype, bool integer, int64_t from, int64_t step, int64_t n) {
  if (step == 1) return load_converted(dst, src, dtype, integer, from, n);
  if (step == 0) {
    load_converted(dst, src, dtype, integer, from, 1);
    std::fill(dst + 1, dst + n, *dst);
    return;
  }
  if (size_of(dtype) == sizeof(float) && register_holds(dtype, integer)) {
    const float* s = static_cast<const float*>(src) + from;
    for (int64_t i = 0; i < n; ++i, s += step) dst[i] = *s;
    return;
  }
  for (int64_t i = 0; i < n; ++i) load_converted(dst + i, src, dtype, integer, from + i * step, 1);
}

/// Elements [at, at + n) of the index space, run by run along the last axis. Gives where they are: in dst, or where
/// they lie if `as_stored` and they are neighbours.
float* fill_strided(float* dst, const void* src, DType dtype, bool integer, bool as_stored, const TileView& v,
                    int64_t at, int64_t n) {
  int64_t index[kMaxTileAxes], from = v.offset, rest = at;
  const int last = v.rank - 1;
  const int64_t *const size = v.size.data(), *const stride = v.stride.data();
  for (int axis = last; axis >= 0; rest /= size[axis--]) {
    index[axis] = rest % size[axis];
    from += index[axis] * stride[axis];
  }
  if (as_stored && stride[last] == 1 && n <= size[last] - index[last])
    return const_cast<float*>(static_cast<const float*>(src)) + from;
  for (float* to = dst;;) {
    const int64_t run = std::min(n, size[last] - index[last]);
    load_apart(to, src, dtype, integer, from, stride[last], run);
    to += run;
    n -= run;
    if (n == 0) return dst;
    from -= index[last] * stride[last];
    index[last] = 0;
    for (int axis = last - 1; axis >= 0; --axis) {
      from += stride[axis];
      if (++index[axis] < size[axis]) break;
      from -= size[axis] * stride[axis];
      index[axis] = 0;
    }
  }
}

/// One thread's view of a run.
class Runner {
 public:
  Runner(const P& plan, void* const* slots) : p_(plan), slots_(slots), code_(plan.direct) {
    shared_ = slots + static_cast<size_t>(plan.segments) * plan.slots_per_segment - plan.slots_per_segment;
  }
  void run(uint32_t first, uint32_t last, double* partial_sums);

 private:
  void* slot(uint16_t s) const { return s < p_.slots_per_segment ? segment_[s] : shared_[s]; }
  void bind(uint32_t segment);
  void bind_operands(const P::Code& code);
  void fill(const P::Code& code, int64_t at, int64_t n);
  void run_piece(const P::Code& code, const P::Piece& piece, double* sums);

  const P& p_;
  void* const* slots_;
  void* const* shared_;
  void* const* segment_ = nullptr;
  const P::Code& code_;
  bool safe_ = false;
  float* at_[256];
  float converted_[P::kMaxScalars];
  alignas(64) float scratch_[P::kScratchRows * P::kRowFloats];
};

void Runner::bind_operands(const P::Code& code) {
  size_t next = code.memory.size();
  float* converted = converted_;
  for (const P::Scalar& s : code.scalars) {
    float* where = static_cast<float*>(slot(s.slot));
    if (!s.as_stored()) {
      load_converted(converted, where, s.dtype, s.integer, 0, 1);
      where = converted++;
    }
    at_[next++] = where;
  }
  for (const float& c : p_.constants) at_[next++] = const_cast<float*>(&c);
  for (const uint16_t offset : code.scratch) at_[next++] = scratch_ + offset;
  // Whole vectors: a load of one number after a store of one lane of many would wait.
  for (const P::Instr& i : code.uniform) i.fn(at_[i.dst], at_[i.a], at_[i.b], at_[i.c], p_.isa->lanes);
}

void Runner::bind(uint32_t segment) {
  segment_ = slots_ + static_cast<size_t>(segment) * p_.slots_per_segment;
  safe_ = false;
  for (const P::Alias& a : p_.aliases) safe_ = safe_ || slot(a.stored) == slot(a.loaded);
  bind_operands(safe_ ? p_.safe : p_.direct);
}

void Runner::fill(const P::Code& code, int64_t at, int64_t n) {
  for (const P::Load& m : code.loads) {
    float* scratch = scratch_ + code.scratch[m.scratch];
    void* src = slot(m.slot);
    const int64_t row = p_.by_rows ? at / p_.cols : 0, col = p_.by_rows ? at % p_.cols : 0;
    switch (m.kind) {
      case P::Fill::convert:
        load_converted(scratch, src, m.dtype, m.integer, at, n);
        break;
      case P::Fill::pattern:
        break;  // stays
      case P::Fill::spread:
        fill_spread(scratch, src, m.dtype, m.integer, p_.cols, at, n);
        break;
      case P::Fill::strided:
        at_[m.at] =
            fill_strided(scratch, src, m.dtype, m.integer, m.as_stored(), p_.views[static_cast<size_t>(m.view)], at, n);
        break;
      case P::Fill::row_vector:
        if (m.as_stored())
          at_[m.at] = static_cast<float*>(src) + col;
        else
          load_converted(scratch, src, m.dtype, m.integer, col, n);
        break;
      case P::Fill::row_scalar:
        if (m.as_stored())
          at_[m.at] = static_cast<float*>(src) + row;
        else
          load_converted(scratch, src, m.dtype, m.integer, row, 1);
        break;
    }
  }
}

void Runner::run_piece(const P::Code& code, const P::Piece& piece, double* sums) {
  const size_t memory = code.memory.size();
  for (size_t i = 0; i < memory; ++i) at_[i] = static_cast<float*>(slot(code.memory[i])) + piece.begin;
  for (const P::Load& m : code.loads)
    if (m.kind == P::Fill::pattern) {
      const int64_t start = piece.begin % p_.cols, n = std::min(p_.tile, piece.end - piece.begin);
      float* scratch = scratch_ + code.scratch[m.scratch];
      fill_pattern(scratch, slot(m.slot), m.dtype, m.integer, p_.cols, start + n);
      at_[m.at] = scratch + start;
    }
  alignas(64) double lanes[P::kMaxSums][16];
  for (size_t s = 0; s < code.sums.size(); ++s) std::memset(lanes[s], 0, sizeof lanes[s]);
  const int width = p_.isa->lanes;
  for (int64_t at = piece.begin; at < piece.end;) {
    int64_t count = std::min(p_.tile, piece.end - at);
    if (p_.by_rows) count = std::min(count, p_.cols - at % p_.cols);
    const int n = static_cast<int>(count), whole = (n + width - 1) & -width;
    if (!code.loads.empty()) fill(code, at, n);
    for (const P::Instr& i : code.body) i.fn(at_[i.dst], at_[i.a], at_[i.b], at_[i.c], i.exact ? n : whole);
    for (size_t s = 0; s < code.sums.size(); ++s)
      p_.isa->tile_sum(lanes[s], at_[code.sums[s].at], static_cast<int>((at - piece.begin) % 16), n);
    for (const P::Store& m : code.stores) store_converted(slot(m.slot), at_[m.at], m.dtype, m.integer, at, n);
    for (size_t i = 0; i < memory; ++i) at_[i] += n;
    at += n;
  }
  for (size_t s = 0; s < code.sums.size(); ++s) sums[s] = p_.isa->lanes_total(lanes[s]);
}

void Runner::run(uint32_t first, uint32_t last, double* partial_sums) {
  uint32_t bound = UINT32_MAX;
  for (uint32_t i = first; i < last; ++i) {
    const P::Piece& piece = p_.pieces[i];
    if (piece.segment != bound) bind(bound = piece.segment);
    run_piece(safe_ ? p_.safe : p_.direct, piece, partial_sums + i * code_.sums.size());
  }
}

/// Pieces [first, last) by the function compiled ahead.
void run_program(const P& p, void* const* slots, uint32_t first, uint32_t last, double* partial_sums) {
  const size_t own = p.slots_per_segment, sums = p.direct.sums.size(), arrays = p.program_memory.size(),
               scalars = p.program_scalars.size();
  const uint16_t* const array_slots = p.program_memory.data();
  void* const* shared = slots + p.segments * own - own;
  float numbers[2 * P::kMaxScalars];
  size_t next = scalars;
  for (const float c : p.constants) numbers[next++] = c;
  float* memory[P::kMaxMemory];
  alignas(64) double lanes[P::kMaxSums][16];
  for (uint32_t i = first; i < last; ++i) {
    const P::Piece piece = p.pieces[i];
    void* const* base = slots + piece.segment * own;
    if (i == first || p.own_scalars) {
      for (size_t k = 0; k < scalars; ++k) {
        const uint16_t s = p.program_scalars[k];
        numbers[k] = *static_cast<const float*>(s < own ? base[s] : shared[s]);
      }
    }
    for (size_t a = 0; a < arrays; ++a) memory[a] = static_cast<float*>(base[array_slots[a]]) + piece.begin;
    if (sums) std::memset(lanes, 0, sums * sizeof lanes[0]);
    p.program(memory, numbers, piece.end - piece.begin, lanes[0]);
    for (size_t s = 0; s < sums; ++s) partial_sums[i * sums + s] = p.isa->lanes_total(lanes[s]);
  }
}

/// Adds the pieces' sums in order and writes them.
void finish_sums(const P& p, void* const* slots, const double* partial) {
  const size_t count = p.direct.sums.size();
  void* const* shared = slots + static_cast<size_t>(p.segments) * p.slots_per_segment - p.slots_per_segment;
  for (size_t s = 0; s < count; ++s) {
    const P::Sum& sum = p.direct.sums[s];
    const bool own = sum.slot < p.slots_per_segment;
    double total = 0;
    if (!own && p.pieces.empty()) *static_cast<float*>(shared[sum.slot]) = 0;
    for (size_t i = 0; i < p.pieces.size(); ++i) {
      const double x = partial[i * count + s];
      const bool starts = i == 0 || (own && p.pieces[i].segment != p.pieces[i - 1].segment);
      const bool ends = i + 1 == p.pieces.size() || (own && p.pieces[i].segment != p.pieces[i + 1].segment);
      total = starts ? x : total + x;
      void* const* base = own ? slots + static_cast<size_t>(p.pieces[i].segment) * p.slots_per_segment : shared;
      if (ends) *static_cast<float*>(base[sum.slot]) = static_cast<float>(total) * sum.scale;
    }
  }
}

void run_small(const P& p, void* const* slots) {
  alignas(64) float scratch[P::kScratchRows * P::kRowFloats];
  float* at[256];
  float** next = at;
  for (const uint16_t s : p.small.slots) *next++ = static_cast<float*>(slots[s]);
  for (const float& c : p.constants) *next++ = const_cast<float*>(&c);
  for (const uint16_t offset : p.direct.scratch) *next++ = scratch + offset;
  for (const P::Small::Instr& i : p.small.code) i.fn(at[i.dst], at[i.a], at[i.b], at[i.c], i.n);
}

}  // namespace

void run_tile(const PreparedTile& p, void* const* slots, void* workspace) {
  if (!p.small.code.empty()) return run_small(p, slots);
  double one[PreparedTile::kMaxSums];
  double* partial = p.pieces.size() > 1 ? static_cast<double*>(workspace) : one;
  const int64_t tasks = static_cast<int64_t>(p.tasks.size()) - 1;
  if (tasks == 1) {
    if (p.program)
      run_program(p, slots, 0, p.tasks[1], partial);
    else
      Runner(p, slots).run(0, p.tasks[1], partial);
  } else if (tasks > 1) {
    parallel_for(tasks, [&](int64_t task) {
      const size_t i = static_cast<size_t>(task);
      if (p.program)
        run_program(p, slots, p.tasks[i], p.tasks[i + 1], partial);
      else
        Runner(p, slots).run(p.tasks[i], p.tasks[i + 1], partial);
    });
  }
  if (!p.direct.sums.empty()) finish_sums(p, slots, partial);
}

}  // namespace cornu

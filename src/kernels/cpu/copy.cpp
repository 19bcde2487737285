// Strided copies.
#include "kernels/cpu/copy.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/assert.h"
#include "base/parallel.h"

namespace cornu {
namespace {

using Axis = CopyPlan::Axis;

template <class T>
void copy_line(const T* src, T* dst, const Axis& a) {
  if (a.src == 1 && a.dst == 1) {
    std::memcpy(dst, src, static_cast<size_t>(a.size) * sizeof(T));
  } else if (a.dst == 1 && a.src == 0) {
    std::fill(dst, dst + a.size, *src);
  } else {
    for (int64_t i = 0; i < a.size; ++i) dst[i * a.dst] = src[i * a.src];
  }
}

template <class T>
void copy_axes(const CopyPlan& p, size_t axis, const T* src, T* dst) {
  const Axis& a = p.axes[axis];
  if constexpr (sizeof(T) == 4) {
    if (p.transposes && axis + 2 == p.axes.size()) {
      const Axis& b = p.axes[axis + 1];  // b runs along dst, a along src
      p.isa->transpose(reinterpret_cast<float*>(dst), a.dst, reinterpret_cast<const float*>(src), b.src, b.size,
                       a.size);
      return;
    }
  }
  if (axis + 1 == p.axes.size()) return copy_line(src, dst, a);
  for (int64_t i = 0; i < a.size; ++i) copy_axes(p, axis + 1, src + i * a.src, dst + i * a.dst);
}

template <class T>
void run(const CopyPlan& p, const void* src, void* dst) {
  const T* s = static_cast<const T*>(src);
  T* d = static_cast<T*>(dst);
  if (p.axes.empty()) {
    if (p.count) *d = *s;
    return;
  }
  constexpr int64_t kItemsPerTask = 65536;
  const Axis& outer = p.axes[0];
  const int64_t tasks = p.count < 2 * kItemsPerTask ? 1 : std::min(outer.size, p.count / kItemsPerTask);
  if (tasks == 1) return copy_axes(p, 0, s, d);
  parallel_for(tasks, [&](int64_t task) {
    const int64_t first = outer.size * task / tasks, last = outer.size * (task + 1) / tasks;
    if (p.axes.size() == 1)
      return copy_line(s + first * outer.src, d + first * outer.dst, {last - first, outer.src, outer.dst});
    if (p.transposes && p.axes.size() == 2) {
      const Axis& b = p.axes[1];
      p.isa->transpose(reinterpret_cast<float*>(d + first * outer.dst), outer.dst,
                       reinterpret_cast<const float*>(s + first * outer.src), b.src, b.size, last - first);
      return;
    }
    for (int64_t i = first; i < last; ++i) copy_axes(p, 1, s + i * outer.src, d + i * outer.dst);
  });
}

}  // namespace

CopyPlan prepare_copy(const std::vector<int64_t>& shape, const std::vector<int64_t>& src,
                      const std::vector<int64_t>& dst, int item) {
  CORNU_ASSERT(shape.size() == src.size() && shape.size() == dst.size());
  CORNU_ASSERT(item == 1 || item == 2 || item == 4 || item == 8);
  CopyPlan p;
  p.item = item;
  p.isa = &isa();
  p.count = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    p.count *= shape[i];
    if (shape[i] != 1) p.axes.push_back({shape[i], src[i], dst[i]});
  }
  if (p.count == 0) {
    p.axes.clear();
    return p;
  }
  std::stable_sort(p.axes.begin(), p.axes.end(),
                   [](const Axis& a, const Axis& b) { return std::abs(a.dst) > std::abs(b.dst); });
  for (size_t i = p.axes.size(); i-- > 1;) {
    Axis &a = p.axes[i - 1], &b = p.axes[i];
    if (a.src != b.src * b.size || a.dst != b.dst * b.size) continue;
    a = {a.size * b.size, b.src, b.dst};
    p.axes.erase(p.axes.begin() + static_cast<std::ptrdiff_t>(i));
  }
  // The axis along which the source is contiguous goes next to the innermost one, where blocks are transposed.
  const size_t n = p.axes.size();
  if (item == 4 && n >= 2 && p.axes[n - 1].dst == 1 && p.axes[n - 1].src != 1)
    for (size_t i = 0; i + 1 < n; ++i)
      if (p.axes[i].src == 1) {
        std::rotate(p.axes.begin() + static_cast<std::ptrdiff_t>(i),
                    p.axes.begin() + static_cast<std::ptrdiff_t>(i) + 1, p.axes.end() - 1);
        p.transposes = true;
        break;
      }
  return p;
}

std::vector<int64_t> contiguous_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> s(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) s[i - 1] = s[i] * shape[i];
  return s;
}

CopyPlan prepare_transpose(const std::vector<int64_t>& src_shape, const std::vector<int>& permutation, int item) {
  const std::vector<int64_t> all = contiguous_strides(src_shape);
  std::vector<int64_t> shape, src;
  for (const int axis : permutation) {
    shape.push_back(src_shape[static_cast<size_t>(axis)]);
    src.push_back(all[static_cast<size_t>(axis)]);
  }
  return prepare_copy(shape, src, contiguous_strides(shape), item);
}

void run_copy(const CopyPlan& p, const void* src, void* dst) {
  switch (p.item) {
    case 1:
      return run<uint8_t>(p, src, dst);
    case 2:
      return run<uint16_t>(p, src, dst);
    case 4:
      return run<uint32_t>(p, src, dst);
    default:
      return run<uint64_t>(p, src, dst);
  }
}

}  // namespace cornu

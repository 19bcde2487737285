// Rows written at places that indices name, one after another, so that the last of several stays.
#include "ops/scatter.h"

#include <algorithm>
#include <cstring>

#include "kernels/ref/ref.h"
#include "tensor/convert.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

enum class Reduction { update, add, max, min, mul };

struct Plan {
  DType dtype, index;
  Reduction reduction;
  int64_t rows, picks, row;
};

template <class T>
T joined(Reduction r, T old, T now) {
  switch (r) {
    case Reduction::update:
      return now;
    case Reduction::add:
      return static_cast<T>(old + now);
    case Reduction::max:
      return now > old || now != now ? now : old;
    case Reduction::min:
      return now < old || now != now ? now : old;
    case Reduction::mul:
      return static_cast<T>(old * now);
  }
  return now;
}

void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  const size_t bytes = static_cast<size_t>(p.rows * p.row) * size_of(p.dtype);
  if (bytes == 0) return;
  std::memcpy(s[3], s[0], bytes);
  std::vector<int64_t> indices(static_cast<size_t>(p.picks));
  convert_elements(p.index, s[1], DType::i64, indices.data(), p.picks);
  with_type(p.dtype, [&]<class T>() {
    T* const out = static_cast<T*>(s[3]);
    const T* const news = static_cast<const T*>(s[2]);
    for (int64_t i = 0; i < p.picks; ++i) {
      const int64_t at = indices[static_cast<size_t>(i)];
      if (at < 0 || at >= p.rows) continue;
      for (int64_t k = 0; k < p.row; ++k)
        out[at * p.row + k] = joined<T>(p.reduction, out[at * p.row + k], news[i * p.row + k]);
    }
  });
}

std::optional<Kernel> prepare(const NodeView& node, Decline&) {
  const std::string& name = node.node.attrs.as<ScatterAttrs>().reduction;
  const Reduction reduction = name == "add"   ? Reduction::add
                              : name == "max" ? Reduction::max
                              : name == "min" ? Reduction::min
                              : name == "mul" ? Reduction::mul
                                              : Reduction::update;
  const Shape& x = node.in(0).shape;
  const int64_t row = std::max<int64_t>(x.slice(1).elements(), 0);
  return Kernel{
      run, share(Plan{node.in(0).dtype, node.in(1).dtype, reduction, x.dim(0), node.in(1).shape.dim(0), row}), 0, {}};
}

}  // namespace

void add_ref_scatter(KernelTable& t) { t.add("scatter_rows", "ref", prepare); }

}  // namespace cornu

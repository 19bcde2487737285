// Merging layers: element by element, by concatenation, by products.
#include <cornu/layers/merging.h>
#include <cornu/ops.h>

#include <algorithm>

#include "nn/layers/families.h"

namespace cornu {

template <>
struct Describe<MergeConfig> {
  static constexpr auto fields = layer_fields<MergeConfig>();
};
template <>
struct Describe<ConcatenateConfig> {
  using T = ConcatenateConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("axis", &T::axis)});
};
template <>
struct Describe<DotConfig> {
  using T = DotConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{required("axes", &T::axes), field("normalize", &T::normalize)});
};

namespace {

/// What they share: the inputs come in a list.
template <class Self, class ConfigType>
struct OfSeveral : WithLayerConfig<Self, ConfigType> {
  explicit OfSeveral(ConfigType c) : WithLayerConfig<Self, ConfigType>(std::move(c)) {}
  bool supports_masking() const override { return true; }
  std::vector<Shape> list_of(const Tree<Shape>& inputs, size_t least, size_t most) const {
    const size_t n = inputs.is_list() ? inputs.size() : 0;
    this->require(n >= least && n <= most && inputs.leaf_count() == n, "the layer should be called on {}, got {}",
                  least == most ? text("exactly {} inputs, in a list", least)
                                : text("a list of at least {} input{}", least, least == 1 ? "" : "s"),
                  to_string(inputs.kind(), inputs.size()));
    return inputs.leaves();
  }
  /// The mask of each input, undefined where there is none; nothing if none has one.
  std::vector<Tensor> masks_of(const Tree<Tensor>& inputs, const Tree<Tensor>& masks) const {
    if (masks.is_none()) return {};
    this->require(masks.is_list(), "`mask` should be a list. Expected a mask, or none, for each input, got {}",
                  to_string(masks.kind(), masks.size()));
    this->require(inputs.is_list(), "`inputs` should be a list. Expected one of tensors, got {}",
                  to_string(inputs.kind(), inputs.size()));
    this->require(masks.size() == inputs.size(),
                  "the lists `inputs` and `mask` should have the same length. Expected {} masks, got {}", inputs.size(),
                  masks.size());
    std::vector<Tensor> out;
    for (const auto& [name, mask] : masks.children()) out.push_back(mask.is_leaf() ? mask.leaf() : Tensor());
    return std::ranges::any_of(out, &Tensor::defined) ? out : std::vector<Tensor>();
  }
  static std::string all_of(const std::vector<Shape>& shapes) {
    std::string out;
    for (const Shape& s : shapes) out += (out.empty() ? "" : ", ") + s.str();
    return out;
  }
};

/// One with fewer axes gets axes of size 1 behind the batch.
Tensor with_axes(Tensor x, int rank) {
  while (x.rank() < rank && x.rank() > 0) x = ops::expand_dims(x, 1);
  return x;
}

/// A mask of the leading axes, with as many axes as what it is of.
Tensor seen_beside(Tensor mask, int rank) {
  while (mask.defined() && mask.rank() < rank) mask = ops::expand_dims(mask, -1);
  return mask.defined() ? ops::cast(mask, DType::boolean) : mask;
}

template <class Self>
struct Merge : OfSeveral<Self, MergeConfig> {
  using OfSeveral<Self, MergeConfig>::OfSeveral;
  void build_inputs(const Tree<Shape>& inputs) override {
    const std::vector<Shape> shapes = this->list_of(inputs, Self::kLeast, Self::kMost);
    int rank = 0;
    for (const Shape& s : shapes) rank = std::max(rank, s.rank());
    for (int axis = 1; axis < rank; ++axis) {
      int64_t known = 1;
      for (const Shape& s : shapes) {
        const int at = axis - (rank - s.rank());
        const int64_t size = at < 1 ? 1 : s.dim(at);
        this->require(size < 0 || size == 1 || known < 0 || known == 1 || size == known,
                      "its inputs must be of one shape, or of shapes that broadcast, got {}", this->all_of(shapes));
        if (size != 1) known = size < 0 ? known == 1 ? size : known : size;
      }
    }
  }
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext& context) override {
    std::vector<Tensor> all = inputs.leaves();
    this->list_of(inputs.map([](const Tensor& t) { return t.shape(); }), Self::kLeast, Self::kMost);
    int rank = 0;
    for (const Tensor& x : all) rank = std::max(rank, x.rank());
    for (size_t i = 1; i < all.size(); ++i)
      if (all[i].rank() > 0 && !compatible(all[i].shape().dim(0), all[0].shape().dim(0)))
        this->fail(text("its inputs must have as many rows, got shapes {} and {}", all[0].shape(), all[i].shape()));
    std::vector<Tensor> counts = Self::kHeedsMasks ? this->masks_of(inputs, context.masks) : std::vector<Tensor>();
    for (size_t i = 0; i < counts.size(); ++i)
      counts[i] = all[i].rank() == rank ? seen_beside(counts[i], rank) : Tensor();
    for (Tensor& x : all) x = with_axes(x, rank);
    if (std::ranges::any_of(counts, &Tensor::defined)) return Self::merge_masked(all, counts);
    Tensor out = all[0];
    for (size_t i = 1; i < all.size(); ++i) out = Self::merge(out, all[i]);
    return Self::finish(out, all.size());
  }
  Tree<Tensor> compute_masks(const Tree<Tensor>& inputs, const Tree<Tensor>& given) const override {
    const std::vector<Tensor> masks = this->masks_of(inputs, given);
    if (masks.empty() || !std::ranges::all_of(masks, &Tensor::defined)) return {};
    Tensor out = masks[0];
    for (size_t i = 1; i < masks.size(); ++i) out = ops::logical_or(out, masks[i]);
    return out;
  }
  static constexpr size_t kLeast = 1, kMost = SIZE_MAX;
  /// Whether what is masked in one input leaves what the others have, as Keras has it; else it counts as it is.
  static constexpr bool kHeedsMasks = false;
  static Tensor finish(const Tensor& sum, size_t) { return sum; }
  static Tensor merge_masked(const std::vector<Tensor>&, const std::vector<Tensor>&) { return {}; }
};

/// The smaller or the larger one of those that are not masked.
template <class Self>
struct MergeChosen : Merge<Self> {
  using Merge<Self>::Merge;
  static constexpr bool kHeedsMasks = true;
  static Tensor merge_masked(const std::vector<Tensor>& inputs, const std::vector<Tensor>& counts) {
    Tensor out = inputs[0], known = counts[0];
    for (size_t i = 1; i < inputs.size(); ++i) {
      const Tensor x = counts[i].defined() ? ops::where(counts[i], inputs[i], out) : inputs[i];
      if (known.defined()) out = ops::where(known, out, x);
      known = known.defined() && counts[i].defined() ? ops::logical_or(known, counts[i]) : Tensor();
      out = Self::merge(out, x);
    }
    return out;
  }
};

struct AddLayer final : Merge<AddLayer> {
  static constexpr const char* kName = "Add";
  using Merge::Merge;
  static Tensor merge(const Tensor& a, const Tensor& b) { return a + b; }
};
struct SubtractLayer final : Merge<SubtractLayer> {
  static constexpr const char* kName = "Subtract";
  static constexpr size_t kLeast = 2, kMost = 2;
  using Merge::Merge;
  static Tensor merge(const Tensor& a, const Tensor& b) { return a - b; }
};
struct MultiplyLayer final : Merge<MultiplyLayer> {
  static constexpr const char* kName = "Multiply";
  using Merge::Merge;
  static constexpr bool kHeedsMasks = true;
  static Tensor merge(const Tensor& a, const Tensor& b) { return a * b; }
  /// What is masked is a factor of 1; where all are, the product is 0.
  static Tensor merge_masked(const std::vector<Tensor>& inputs, const std::vector<Tensor>& counts) {
    Tensor out, any;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& x = inputs[i];
      const Tensor factor = counts[i].defined() ? ops::where(counts[i], x, ops::like_scalar(1, x)) : x;
      out = i == 0 ? factor : out * factor;
      if (counts[i].defined()) any = any.defined() ? ops::logical_or(any, counts[i]) : counts[i];
    }
    return std::ranges::all_of(counts, &Tensor::defined) ? ops::where(any, out, ops::like_scalar(0, out)) : out;
  }
};
struct AverageLayer final : Merge<AverageLayer> {
  static constexpr const char* kName = "Average";
  using Merge::Merge;
  static Tensor merge(const Tensor& a, const Tensor& b) { return a + b; }
  static Tensor finish(const Tensor& sum, size_t n) { return sum / static_cast<double>(n); }
};
struct MaximumLayer final : MergeChosen<MaximumLayer> {
  static constexpr const char* kName = "Maximum";
  using MergeChosen::MergeChosen;
  static Tensor merge(const Tensor& a, const Tensor& b) { return ops::maximum(a, b); }
};
struct MinimumLayer final : MergeChosen<MinimumLayer> {
  static constexpr const char* kName = "Minimum";
  using MergeChosen::MergeChosen;
  static Tensor merge(const Tensor& a, const Tensor& b) { return ops::minimum(a, b); }
};

struct ConcatenateLayer final : OfSeveral<ConcatenateLayer, ConcatenateConfig> {
  static constexpr const char* kName = "Concatenate";
  using OfSeveral::OfSeveral;
  int axis_of(const Shape& s) const {
    const int64_t axis = config.axis < 0 ? config.axis + s.rank() : config.axis;
    require(axis >= 0 && axis < s.rank(), "axis {} is none of an input of shape {}", config.axis, s);
    return static_cast<int>(axis);
  }
  void build_inputs(const Tree<Shape>& inputs) override {
    const std::vector<Shape> shapes = list_of(inputs, 1, SIZE_MAX);
    const int axis = axis_of(shapes[0]);
    for (const Shape& s : shapes) {
      bool fits = s.rank() == shapes[0].rank();
      for (int i = 0; fits && i < s.rank(); ++i) fits = i == axis || compatible(s.dim(i), shapes[0].dim(i));
      require(fits, "requires inputs with matching shapes except for the concatenation axis, {}, got {}", config.axis,
              all_of(shapes));
    }
  }
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext&) override {
    list_of(inputs.map([](const Tensor& t) { return t.shape(); }), 1, SIZE_MAX);
    return ops::concatenate(inputs.leaves(), axis_of(inputs.leaves()[0].shape()));
  }
  /// Along an axis that masks have, they follow each other; one that is missing leaves all. Else as for sums.
  Tree<Tensor> compute_masks(const Tree<Tensor>& inputs, const Tree<Tensor>& given) const override {
    std::vector<Tensor> masks = masks_of(inputs, given);
    if (masks.empty()) return {};
    const std::vector<Tensor> x = inputs.leaves();
    int rank = 0;
    for (const Tensor& m : masks) rank = std::max(rank, m.defined() ? m.rank() : 0);
    for (size_t i = 0; i < masks.size(); ++i)
      if (!masks[i].defined()) {
        Tensor some = ops::not_equal(x[i], x[i]);  // of the shape of x, whatever its sizes
        while (some.rank() > rank) some = ops::any(some, {-1});
        masks[i] = ops::logical_or(some, ops::logical_not(some));
      }
    const int axis = axis_of(x[0].shape());
    if (axis < rank) return ops::concatenate(masks, axis);
    Tensor out = masks[0];
    for (size_t i = 1; i < masks.size(); ++i) out = ops::logical_or(out, masks[i]);
    return out;
  }
};

struct DotLayer final : OfSeveral<DotLayer, DotConfig> {
  static constexpr const char* kName = "Dot";
  explicit DotLayer(DotConfig c) : OfSeveral(std::move(c)) {
    require(config.axes.size() == 1 || config.axes.size() == 2, "axes must be one or two, got {}", config.axes);
  }
  /// As Keras writes one that is for both.
  Value get_config() const override {
    Value out = WithLayerConfig::get_config();
    if (config.axes.size() == 1) out["axes"] = config.axes[0];
    return out;
  }
  int axis_of(const Shape& s, size_t which) const {
    const int64_t given = config.axes[config.axes.size() == 1 ? 0 : which];
    const int64_t axis = given < 0 ? given + s.rank() : given;
    require(axis >= 1 && axis < s.rank(), "axis {} is none of an input of shape {}, whose axis 0 is the batch", given,
            s);
    return static_cast<int>(axis);
  }
  void build_inputs(const Tree<Shape>& inputs) override {
    const std::vector<Shape> s = list_of(inputs, 2, 2);
    const int64_t a = s[0].dim(axis_of(s[0], 0)), b = s[1].dim(axis_of(s[1], 1));
    require(compatible(a, b), "its inputs must be as long along the axes {}, got shapes {}", config.axes, all_of(s));
  }
  /// Its axis last, normalized if asked for.
  Tensor prepared(const Tensor& x, size_t which) const {
    const int axis = axis_of(x.shape(), which);
    std::vector<int> axes;
    for (int i = 0; i < x.rank(); ++i)
      if (i != axis) axes.push_back(i);
    axes.push_back(axis);
    Tensor y = axis == x.rank() - 1 ? x : ops::transpose(x, axes);
    if (config.normalize) {
      const Tensor squares = ops::sum(ops::square(y), {-1}, true);
      y = y * ops::rsqrt(ops::maximum(squares, ops::like_scalar(1e-12, squares)));
    }
    return y;
  }
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext&) override {
    list_of(inputs.map([](const Tensor& t) { return t.shape(); }), 2, 2);
    Tensor a = prepared(inputs.at(0).leaf(), 0), b = prepared(inputs.at(1).leaf(), 1);
    if (a.rank() > 3 || b.rank() > 3) return product_of_many(a, b);
    const bool flat_a = a.rank() == 2, flat_b = b.rank() == 2;
    if (flat_a) a = ops::expand_dims(a, 1);
    if (flat_b) b = ops::expand_dims(b, 1);
    Tensor y = ops::matmul(a, ops::transpose(b, {0, 2, 1}));
    if (flat_a)
      y = ops::squeeze(y, 1);
    else if (flat_b)
      y = ops::squeeze(y, 2);
    return y;
  }
  /// Of more axes: those of a, then those of b, whatever their sizes.
  static Tensor product_of_many(Tensor a, Tensor b) {
    const int more_a = a.rank() - 2, more_b = b.rank() - 2;
    for (int i = 0; i < more_b; ++i) a = ops::expand_dims(a, a.rank() - 1);
    for (int i = 0; i < more_a; ++i) b = ops::expand_dims(b, 1);
    return ops::sum(a * b, {-1});
  }
  Tree<Tensor> compute_masks(const Tree<Tensor>&, const Tree<Tensor>&) const override { return {}; }
};

struct IdentityLayer final : WithLayerConfig<IdentityLayer, MergeConfig>, BuiltAtInit {
  static constexpr const char* kName = "Identity";
  using WithLayerConfig::WithLayerConfig;
  bool supports_masking() const override { return true; }
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext&) override { return inputs; }
  Tree<Tensor> compute_masks(const Tree<Tensor>&, const Tree<Tensor>& masks) const override { return masks; }
};

}  // namespace

Add::Add(MergeConfig c, CallSite at) : Layer(make_layer<AddLayer>(std::move(c), at)) {}
Subtract::Subtract(MergeConfig c, CallSite at) : Layer(make_layer<SubtractLayer>(std::move(c), at)) {}
Multiply::Multiply(MergeConfig c, CallSite at) : Layer(make_layer<MultiplyLayer>(std::move(c), at)) {}
Average::Average(MergeConfig c, CallSite at) : Layer(make_layer<AverageLayer>(std::move(c), at)) {}
Maximum::Maximum(MergeConfig c, CallSite at) : Layer(make_layer<MaximumLayer>(std::move(c), at)) {}
Minimum::Minimum(MergeConfig c, CallSite at) : Layer(make_layer<MinimumLayer>(std::move(c), at)) {}
Identity::Identity(MergeConfig c, CallSite at) : Layer(make_layer<IdentityLayer>(std::move(c), at)) {}
Concatenate::Concatenate(ConcatenateConfig c, CallSite at) : Layer(make_layer<ConcatenateLayer>(std::move(c), at)) {}
Dot::Dot(const std::vector<int64_t>& axes, DotConfig c, CallSite at)
    : Layer(make_layer<DotLayer>((c.axes = axes, std::move(c)), at)) {}

void add_merging_layers(Registry<LayerImpl>& r) {
  r.add<AddLayer>();
  r.add<SubtractLayer>();
  r.add<MultiplyLayer>();
  r.add<AverageLayer>();
  r.add<MaximumLayer>();
  r.add<MinimumLayer>();
  r.add<ConcatenateLayer>();
  r.add<DotLayer>();
  r.add<IdentityLayer>();
}

}  // namespace cornu

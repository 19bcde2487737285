// fit over a source: the same as over arrays where the order is the same, and each row once where it is shuffled.
#include <cornu/data_source.h>
#include <cornu/layers/core.h>
#include <cornu/model.h>
#include <cornu/ops.h>
#include <cornu/saving.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "double_network.h"
#include "nn/model.h"
#include "own_path.h"

namespace cornu {

/// Code that looks at values, as only a model that runs eagerly can have.
struct LooksConfig {
  CORNU_LAYER_FIELDS;
};
template <>
struct Describe<LooksConfig> {
  static constexpr auto fields = layer_fields<LooksConfig>();
};

namespace {

struct Looks final : WithLayerConfig<Looks, LooksConfig> {
  static constexpr const char* kName = "Looks";
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override { return ops::sum(x).item() < -1e30 ? -x : x; }
};

/// Keeps the rows that it is trained with.
struct Keeps final : WithLayerConfig<Keeps, LooksConfig> {
  static constexpr const char* kName = "Keeps";
  using WithLayerConfig::WithLayerConfig;
  std::vector<Tensor> seen;
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (context.training) seen.emplace_back(x.shape(), x.to_doubles());
    return x;
  }
};

struct ArraySource final : DataSource {
  Tensor x, y;
  int64_t at = 0;
  ArraySource(Tensor a, Tensor b) : x(std::move(a)), y(std::move(b)) {}
  void start(int64_t) override { at = 0; }
  bool next(Block& out) override {
    if (at == x.shape()[0]) return false;
    const int64_t to = std::min(x.shape()[0], at + 13);
    out = {x.rows(at, to), y.rows(at, to), {}};
    at = to;
    return true;
  }
};

Model make() {
  set_random_seed(7);
  Sequential m{Input({3}), Dense(8, {.activation = "relu"}), Dense(1)};
  m.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  return m;
}
std::pair<Tensor, Tensor> data(int64_t n) {
  Tensor x({n, 3}), y({n, 1});
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = 0; k < 3; ++k)
      x.mutable_data<float>()[static_cast<size_t>(3 * i + k)] = static_cast<float>((i * (k + 3)) % 17) / 17;
    y.mutable_data<float>()[static_cast<size_t>(i)] = static_cast<float>((i * 3) % 17) / 8 - 1;
  }
  return {x, y};
}

TEST(FitSource, InOrderItIsFitOverArrays) {
  const auto [x, y] = data(203);
  Model a = make();
  const History ha = a.fit(x, y, {.batch_size = 16, .epochs = 4, .verbose = 0, .shuffle = false});
  ArraySource source(x, y);
  Model b = make();  // here, as weights are drawn when they are needed
  const History hb = b.fit(source, {.batch_size = 16, .epochs = 4, .verbose = 0, .shuffle = false});
  EXPECT_EQ(ha["loss"], hb["loss"]);
  EXPECT_EQ(ha["mae"], hb["mae"]);
  EXPECT_EQ(a.predict(x).to_doubles(), b.predict(x).to_doubles());
}

/// The target of a row of `data` follows from its first number.
Tensor targets_of(const Tensor& x) { return ops::slice(x, 1, 0, 1) * (17.0 / 8) - 1.0; }

TEST(FitSource, ShuffledRowsAreAllLearntFromOnceInEachEpoch) {
  const auto [x, y] = data(500);
  set_random_seed(7);
  const auto keeps = std::make_shared<Keeps>(LooksConfig{});
  keeps->name = "keeps";
  Sequential m{Input({3}), Layer(keeps), Dense(8, {.activation = "relu"}), Dense(1)};
  m.compile({.optimizer = "adam", .loss = "mse", .run_eagerly = true});
  m.build({3});
  testing::DoubleNetwork right(m.get_weights(), {"relu", "linear"});
  ArraySource source(x, y);
  const History h =
      m.fit(source, {.batch_size = 16, .epochs = 4, .verbose = 0, .validation_data = ValidationData{x, y}});
  std::vector<double> rows = x.to_doubles(), first;
  std::sort(rows.begin(), rows.end());
  size_t at = 0;
  for (size_t epoch = 0; epoch < 4; ++epoch) {
    std::vector<double> seen;
    double loss = 0;
    for (int batch = 0; batch < 32; ++batch, ++at) {
      const Tensor& one = keeps->seen.at(at);
      EXPECT_EQ(one.shape()[0], batch < 31 ? 16 : 4);
      for (const double v : one.to_doubles()) seen.push_back(v);
      loss += right.adam(one, targets_of(one)) * static_cast<double>(one.shape()[0]) / 500;
    }
    EXPECT_NE(seen, first) << "the order of the epoch before";
    first = seen;
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, rows);
    EXPECT_NEAR(h["loss"][epoch], loss, 1e-5 * loss);
    EXPECT_NEAR(h["val_loss"][epoch], right.loss(x, y), 1e-4 * right.loss(x, y));
  }
  testing::expect_weights(m.get_weights(), right, 1e-4);
  EXPECT_EQ(at, keeps->seen.size());
  EXPECT_EQ(m.optimizer()->iterations(), 4 * 32);
  m.fit(source, {.batch_size = 16, .epochs = 1, .verbose = 0, .steps_per_epoch = 5});
  EXPECT_EQ(m.optimizer()->iterations(), 4 * 32 + 5);
}

/// Ends training at the n-th moment at which a checkpoint is whole.
struct StopAt final : Callback {
  std::string path;
  int left;
  StopAt(std::string p, int n) : path(std::move(p)), left(n) {}
  void on_safe_point() override {
    if (left-- != 0) return;
    save_checkpoint(*model, path);
    throw std::runtime_error("stopped");
  }
};

/// Makes each batch a safe point.
struct EachBatch final : Callback {
  bool wants_batches() const override { return true; }
};

TEST(FitSource, ResumesToTheSameBits) {
  const std::string path = testing::own_path("source.checkpoint.keras");
  const auto [x, y] = data(150'000);  // three windows
  ArraySource source(x, y);
  const auto train = [&](Model& m, int stop_at) {
    FitConfig c{.batch_size = 1000, .epochs = 3, .verbose = 0, .callbacks = {std::make_shared<StopAt>(path, stop_at)}};
    c.validation_data = ValidationData{x.rows(0, 100), y.rows(0, 100), {}};
    return m.fit(source, c);
  };
  Model whole = make();
  const History h = train(whole, -1);
  // In the first window, later in an epoch, in another epoch, and between two; runs of batches count once.
  for (const int stop_at : {0, 1, 2, 3, 5, 8}) {
    Model m = make();
    EXPECT_THROW(train(m, stop_at), std::runtime_error);
    set_random_seed(99);
    Sequential again{Input({3}), Dense(8, {.activation = "relu"}), Dense(1)};
    again.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
    resume(again, path);
    const History rest = train(again, -1);
    for (const char* name : {"loss", "mae", "val_loss"}) EXPECT_EQ(rest[name], h[name]) << name << stop_at;
    const std::vector<Tensor> a = whole.get_weights(), b = again.get_weights();
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].to_doubles(), b[i].to_doubles()) << stop_at;
  }
  std::remove(path.c_str());
}

TEST(FitSource, RunsEagerlyAndResumesSo) {
  const std::string path = testing::own_path("eager.checkpoint.keras");
  const auto [x, y] = data(203);
  const auto make_eager = [](bool eager) {
    set_random_seed(7);
    std::vector<Layer> layers{Input({3}), Dense(8, {.activation = "relu"})};
    if (eager) layers.push_back(make_layer<Looks>({}, here()));
    layers.push_back(Dense(1));
    Sequential m(layers);
    m.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}, .run_eagerly = eager});
    m.build({3});
    return m;
  };
  for (const bool from_source : {true, false}) {
    const auto train = [&](Model& m, int stop_at) {
      FitConfig c{.batch_size = 16, .epochs = 3, .verbose = 0};
      c.callbacks = {std::make_shared<StopAt>(path, stop_at), std::make_shared<EachBatch>()};
      c.shuffle = false;
      ArraySource source(x, y);
      return from_source ? m.fit(source, c) : m.fit(x, y, c);
    };
    Model compiled = make_eager(false), whole = make_eager(true);
    const History h = train(compiled, -1), same = train(whole, -1);
    EXPECT_EQ(same["loss"], h["loss"]);
    EXPECT_EQ(same["mae"], h["mae"]);
    Model m = make_eager(true), again = make_eager(true);
    EXPECT_THROW(train(m, 18), std::runtime_error);  // in the second epoch
    resume(again, path);
    const History rest = train(again, -1);
    EXPECT_EQ(rest["loss"], h["loss"]);
    EXPECT_EQ(rest["mae"], h["mae"]) << "metrics that no step has made yet";
    EXPECT_EQ(again.predict(x).to_doubles(), compiled.predict(x).to_doubles());
  }
  std::remove(path.c_str());
}

TEST(FitSource, ExplainsAStepWhoseDataAreGone) {
  const auto [x, y] = data(5000);
  Model m = make();
  ArraySource source(x, y);
  m.fit(source, {.batch_size = 16, .epochs = 1, .verbose = 0});
  const auto state = [&] {
    std::vector<std::vector<double>> out;
    for (const Tensor& w : m.get_weights()) out.push_back(w.to_doubles());
    for (const Variable& v : m.optimizer()->variables()) out.push_back(v.numpy().to_doubles());
    return out;
  };
  const auto before = state();
  const std::string explained = m.explain_step(3);
  EXPECT_NE(explained.find(" ns  "), std::string::npos) << explained;
  EXPECT_EQ(state(), before) << "measuring is not training";
  // Neither many other steps nor other weights take the step away.
  for (int64_t rows = 1; rows < 20; ++rows) m.predict(x.rows(0, rows));
  m.set_weights(m.get_weights());
  EXPECT_NE(m.explain_step(1).find(" ns  "), std::string::npos);
  m.fit(source, {.batch_size = 16, .epochs = 1, .verbose = 0});
}

/// Batches of these sizes, out of arrays.
struct BatchSource final : DataSource {
  Tensor x, y;
  std::vector<int64_t> sizes;
  bool ahead, once;
  size_t given = 0;
  int64_t at = 0;
  std::vector<std::string> told{};
  BatchSource(Tensor a, Tensor b, std::vector<int64_t> s, bool reads_ahead = true, bool goes_on = false)
      : x(std::move(a)), y(std::move(b)), sizes(std::move(s)), ahead(reads_ahead), once(goes_on) {}
  void start(int64_t) override {
    if (!once) given = 0, at = 0;
  }
  bool next(Block& out) override {
    if (given == sizes.size()) return false;
    const int64_t to = at + sizes[given++];
    out = {x.rows(at, to), y.rows(at, to), {}};
    at = to;
    return true;
  }
  bool gives_batches() const override { return true; }
  int64_t batches() const override { return static_cast<int64_t>(sizes.size()); }
  bool reads_ahead() const override { return ahead; }
  void on_epoch_begin() override { told.emplace_back("begin"); }
  void on_epoch_end() override { told.emplace_back("end"); }
};

TEST(FitSource, EachBatchOfASourceIsOneUpdate) {
  const auto [x, y] = data(60);
  const std::vector<int64_t> sizes{1, 3, 8, 20, 28};
  for (const bool ahead : {true, false}) {
    Model by_hand = make();
    int64_t at = 0;
    for (int epoch = 0; epoch < 2; ++epoch, at = 0)
      for (const int64_t n : sizes) by_hand.train_on_batch(x.rows(at, at + n), y.rows(at, at + n)), at += n;
    BatchSource source(x, y, sizes, ahead);
    Model m = make();
    m.fit(source, {.epochs = 2, .verbose = 0});
    EXPECT_EQ(m.optimizer()->iterations(), 10);
    EXPECT_EQ(m.predict(x).to_doubles(), by_hand.predict(x).to_doubles());
    EXPECT_EQ(source.told, (std::vector<std::string>{"begin", "end", "begin", "end"}));
    EXPECT_NEAR(m.evaluate(source)["loss"], m.evaluate(x, y)["loss"], 1e-6);
    EXPECT_EQ(m.predict(source).to_doubles(), m.predict(x).to_doubles());
    EXPECT_EQ(m.predict(source, {.steps = 2}).shape(), Shape({4, 1}));
  }
}

TEST(FitSource, EpochsOfGivenLengthShareAPass) {
  const auto [x, y] = data(12);
  Model by_hand = make();
  for (const int64_t batch : {0, 1, 2, 3, 4, 5, 0, 1}) {
    const int64_t at = 2 * batch;
    by_hand.train_on_batch(x.rows(at, at + 2), y.rows(at, at + 2));
  }
  BatchSource source(x, y, std::vector<int64_t>(6, 2));
  Model m = make();
  // 4, the 2 that are left, 2 more with the next.
  m.fit(source, {.epochs = 2, .verbose = 0, .steps_per_epoch = 4});
  m.fit(source, {.epochs = 1, .verbose = 0, .steps_per_epoch = 2});
  EXPECT_EQ(m.predict(x).to_doubles(), by_hand.predict(x).to_doubles());
  // Rows: the same as over arrays, which go on in the same way.
  ArraySource rows(x, y);
  Model a = make();
  const FitConfig c{.batch_size = 2, .epochs = 3, .verbose = 0, .shuffle = false, .steps_per_epoch = 4};
  a.fit(x, y, c);
  Model b = make();
  b.fit(rows, c);
  EXPECT_EQ(a.predict(x).to_doubles(), b.predict(x).to_doubles());
}

TEST(FitSource, ResumesWithinAPassThatEpochsShare) {
  const std::string path = testing::own_path("pass.checkpoint.keras");
  const auto [x, y] = data(24);
  for (const bool batches : {true, false})
    for (const int stop_at : {-1, 0, 2, 4, 5, 7, 8, 11}) {
      BatchSource of_batches(x, y, std::vector<int64_t>(8, 3));
      ArraySource of_rows(x, y);
      DataSource& source = batches ? static_cast<DataSource&>(of_batches) : of_rows;
      const auto train = [&](Model& m, int stop) {
        return m.fit(source, {.batch_size = 3,
                              .epochs = 4,
                              .verbose = 0,
                              .callbacks = {std::make_shared<StopAt>(path, stop), std::make_shared<EachBatch>()},
                              .steps_per_epoch = 3});
      };
      Model whole = make();
      const History h = train(whole, -1);
      if (stop_at < 0) continue;
      Model m = make();
      EXPECT_THROW(train(m, stop_at), std::runtime_error);
      set_random_seed(99);
      Sequential again{Input({3}), Dense(8, {.activation = "relu"}), Dense(1)};
      again.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
      resume(again, path);
      EXPECT_EQ(train(again, -1)["loss"], h["loss"]) << stop_at;
      EXPECT_EQ(again.predict(x).to_doubles(), whole.predict(x).to_doubles()) << batches << " " << stop_at;
    }
  std::remove(path.c_str());
}

TEST(FitSource, ValidatesOnASource) {
  const auto [x, y] = data(40);
  BatchSource validation(x, y, {10, 30});
  ArraySource rows(x, y);
  Model a = make();
  const FitConfig c{.epochs = 3, .verbose = 0, .validation_data = ValidationData{x, y}};
  const History h = a.fit(x, y, c);
  for (DataSource* source : {static_cast<DataSource*>(&validation), static_cast<DataSource*>(&rows)}) {
    Model b = make();
    FitConfig d = c;
    d.validation_data = {};
    d.validation_source = source;
    const History g = b.fit(x, y, d);
    EXPECT_EQ(g["loss"], h["loss"]);
    for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(g["val_loss"][i], h["val_loss"][i], 1e-6);
  }
  EXPECT_EQ(validation.told.size(), 6u);
  Model m = make();
  EXPECT_EQ(m.fit(x, y, {.epochs = 5, .verbose = 0, .validation_source = &rows, .validation_freq = {2, 5}})["val_loss"]
                .size(),
            2u);
  BatchSource once(x, y, {10, 30}, true, true);
  EXPECT_EQ(m.fit(x, y, {.epochs = 3, .verbose = 0, .validation_source = &once})["val_loss"].size(), 1u);
  FitConfig both = c;
  both.validation_source = &rows;
  EXPECT_THROW(m.fit(x, y, both), ConfigError);
  EXPECT_THROW(m.fit(rows, {.verbose = 0, .validation_freq = 0}), ConfigError);
  EXPECT_THROW(m.fit(rows, {.verbose = 0, .steps_per_epoch = 0}), ConfigError);
  BatchSource none(x, y, {});
  EXPECT_THROW(m.fit(x, y, {.verbose = 0, .validation_source = &none}), CallError);
}

TEST(FitSource, RefusesWhatItCannotDo) {
  const auto [x, y] = data(20);
  Model m = make();
  ArraySource source(x, y), none(x.rows(0, 0), y.rows(0, 0));
  EXPECT_THROW(m.fit(source, {.verbose = 0, .validation_split = 0.2}), ConfigError);
  EXPECT_THROW(m.fit(none, {.verbose = 0}), CallError);
}

TEST(FitSource, EvaluatesAndPredictsAsOverArrays) {
  const auto [x, y] = data(70003);  // two windows
  ArraySource source(x, y);
  Model m = make();
  const Logs over_source = m.evaluate(source, {.batch_size = 64}), over_arrays = m.evaluate(x, y, {.batch_size = 64});
  for (const char* name : {"loss", "mae"}) EXPECT_EQ(over_source[name], over_arrays[name]);
  EXPECT_EQ(m.evaluate(source, {.batch_size = 64, .steps = 3})["loss"],
            m.evaluate(x, y, {.batch_size = 64, .steps = 3})["loss"]);
  EXPECT_EQ(m.predict(source, {.batch_size = 64}).to_doubles(), m.predict(x, {.batch_size = 64}).to_doubles());
  ArraySource none(x.rows(0, 0), y.rows(0, 0));
  EXPECT_THROW(m.evaluate(none), CallError);
  EXPECT_THROW(m.predict(none), CallError);
  EXPECT_THROW(m.evaluate(source, {.batch_size = 0}), ConfigError);
  EXPECT_THROW(m.evaluate(source, {.sample_weight = y}), ConfigError);
}

}  // namespace
}  // namespace cornu

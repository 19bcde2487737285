// One model, one callback, several threads: who may do what at once.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <thread>

#include "base/turn_lock.h"
#include "message_of.h"
#include "saving/support.h"

using namespace cornu;
using namespace cornu::testing;
using namespace std::chrono_literals;

namespace {

Sequential net(int64_t width = 8) {
  Sequential m{Input({4}), Dense(width, {.activation = "relu"}), Dense(1)};
  m.compile({.optimizer = "sgd", .loss = "mse"});
  return m;
}

/// A fit in a thread of its own, which stands still in its first epoch until it is let go.
struct Standing {
  Model model;
  std::shared_ptr<Callback> callback;
  std::atomic<bool> begun{false}, go{false};
  std::thread thread;

  explicit Standing(Model m) : model(std::move(m)) {
    callback = callbacks::LambdaCallback({.on_epoch_begin = [this](int64_t) {
      begun = true;
      while (!go) std::this_thread::sleep_for(1ms);
    }});
    thread = std::thread([this] {
      model.fit(numbers({8, 4}, 1), numbers({8, 1}, 2), {.verbose = 0, .callbacks = {callback}});
    });
    while (!begun) std::this_thread::sleep_for(1ms);
  }
  ~Standing() {
    go = true;
    thread.join();
  }
};

const Tensor x = numbers({64, 4}, 3), y = numbers({64, 1}, 4);

TEST(Threads, OneFitAtATime) {
  Sequential m = net();
  {
    Standing other(m);
    const std::string said = message_of([&] { m.fit(x, y, {.verbose = 0}); });
    EXPECT_NE(said.find("trained by another thread"), std::string::npos) << said;
    EXPECT_THROW(m.evaluate(x, y), CallError);
    EXPECT_THROW(m.train_on_batch(x, y), CallError);
    EXPECT_THROW(m.test_on_batch(x, y), CallError);
    EXPECT_EQ(m.predict(x).shape(), (Shape{64, 1}));
    EXPECT_EQ(m.get_weights().size(), 4u);
  }
  m.fit(x, y, {.verbose = 0});
}

TEST(Threads, AFitWithinItselfIsRefusedAndAnEvaluationIsNot) {
  Sequential m = net();
  std::string fit, batch;
  double loss = -1;
  m.fit(x, y, {.verbose = 0, .callbacks = {callbacks::LambdaCallback({.on_epoch_end = [&](int64_t, Logs&) {
                               fit = message_of([&] { m.fit(x, y, {.verbose = 0}); });
                               loss = m.evaluate(x, y)["loss"];
                             }})}});
  EXPECT_NE(fit.find("is trained already"), std::string::npos) << fit;
  EXPECT_EQ(loss, m.evaluate(x, y)["loss"]);
}

TEST(Threads, EvaluationsTakeTurns) {
  Sequential m = net();
  const double expected = m.evaluate(x, y, {.batch_size = 4})["loss"];
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) EXPECT_EQ(m.evaluate(x, y, {.batch_size = 4})["loss"], expected);
    });
  for (std::thread& t : threads) t.join();
}

TEST(Threads, ACallbackBelongsToOneFit) {
  Standing other(net());
  Sequential m = net();
  const std::string said = message_of([&] { m.fit(x, y, {.verbose = 0, .callbacks = {other.callback}}); });
  EXPECT_NE(said.find("give each fit callbacks of its own"), std::string::npos) << said;
  EXPECT_THROW(m.evaluate(x, y, {.callbacks = {other.callback}}), CallError);
  m.fit(x, y, {.verbose = 0});  // the model is not left in a fit
}

TEST(Threads, ACallbackServesOneFitAfterTheOther) {
  const auto stop = callbacks::EarlyStopping({.monitor = "loss"});
  for (int i = 0; i < 2; ++i) net().fit(x, y, {.verbose = 0, .callbacks = {stop}});
  EXPECT_EQ(stop->model, nullptr);  // the model of then may be gone
}

/// Kernel and bias start alike and get the same gradients, so any moment between two steps shows them alike.
TEST(Threads, WeightsAreReadBetweenTwoSteps) {
  Sequential m{Input({1}), Dense(1, {.kernel_initializer = "zeros"})};
  m.compile({.optimizer = "adam", .loss = "mse"});
  const Tensor ones = Tensor::full({512, 1}, 1), far = Tensor::full({512, 1}, 100);
  std::atomic<bool> over{false};
  std::thread other([&] {
    m.fit(ones, far, {.batch_size = 4, .epochs = 100, .verbose = 0});
    over = true;
  });
  while (!over) {
    const auto w = m.get_weights();
    ASSERT_EQ(w[0].item(), w[1].item());
    m.predict(ones);
  }
  other.join();
}

TEST(Threads, PredictTheSameAtOnce) {
  Sequential m = net(32);
  const Tensor many = numbers({500, 4}, 5);
  std::vector<Tensor> expected;
  for (int64_t size : {1, 32, 77}) expected.push_back(m.predict(many, {.batch_size = size}));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        int at = 0;
        for (int64_t size : {1, 32, 77}) {
          const Tensor p = m.predict(many, {.batch_size = size});
          EXPECT_EQ(p.to_doubles(), expected[static_cast<size_t>(at++)].to_doubles());
        }
      }
    });
  for (std::thread& t : threads) t.join();
}

/// Many lengths of the input, each of which has a step of its own.
TEST(Threads, PredictOfManyShapesAtOnce) {
  Sequential m{Input({-1, 4}), Dense(3, {.activation = "tanh"})};
  std::vector<Tensor> inputs, expected;
  for (int64_t length = 1; length <= 90; ++length) {
    inputs.push_back(numbers({2, length, 4}, 5));
    expected.push_back(m.predict(inputs.back()));
  }
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 180; ++i) {
        const size_t n = (i * 7 + t * 31) % inputs.size();
        EXPECT_EQ(m.predict(inputs[n]).to_doubles(), expected[n].to_doubles());
      }
    });
  for (std::thread& t : threads) t.join();
}

}  // namespace

struct CountsConfig {
  CORNU_LAYER_FIELDS;
};
template <>
struct cornu::Describe<CountsConfig> {
  static constexpr auto fields = layer_fields<CountsConfig>();
};

namespace {

/// Changes something in each call.
struct Counts final : WithLayerConfig<Counts, CountsConfig> {
  static constexpr const char* kName = "Counts";
  using WithLayerConfig::WithLayerConfig;
  Variable calls;
  void build(const Shape&) override { calls = add_state("calls", Tensor({1})); }
  Tensor call(const Tensor& t, const CallContext&) override {
    calls.assign(calls.value() + 1.0);
    return t + calls.value();
  }
};

TEST(Threads, PredictionsThatChangeTheModelTakeTurns) {
  auto layer = std::static_pointer_cast<Counts>(make_layer<Counts>({}, here()));
  Sequential m{Input({4}), Layer(layer), Dense(1)};
  m.set_weights(m.get_weights());
  const double before = layer->calls.value().item();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) m.predict(x, {.batch_size = 32});
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(layer->calls.value().item() - before, 400);
}

/// A prediction waits for some steps, not for all of them between two looks at the callbacks.
TEST(Threads, PredictionsGetTheirTurnWhileTheModelTrains) {
  Sequential m = net();
  std::atomic<bool> over{false};
  std::thread other([&] {
    m.fit(numbers({4096, 4}, 1), numbers({4096, 1}, 2), {.epochs = 400, .verbose = 0});
    over = true;
  });
  std::vector<double> waits;
  while (!over) {
    const auto start = std::chrono::steady_clock::now();
    m.predict(x);
    waits.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    std::this_thread::sleep_for(100us);
  }
  other.join();
  ASSERT_FALSE(waits.empty());
  std::nth_element(waits.begin(), waits.begin() + static_cast<std::ptrdiff_t>(waits.size() / 2), waits.end());
  EXPECT_LT(waits[waits.size() / 2], 15) << waits.size() << " predictions";
}

TEST(Threads, AnyThreadMayStopAFit) {
  Sequential m = net();
  std::atomic<bool> begun{false};
  std::thread other([&] {
    while (!begun) std::this_thread::sleep_for(1ms);
    m.set_stop_training(true);
  });
  const History h =
      m.fit(x, y,
            {.epochs = 100000000,
             .verbose = 0,
             .callbacks = {callbacks::LambdaCallback({.on_epoch_end = [&](int64_t, Logs&) { begun = true; }})}});
  other.join();
  EXPECT_LT(h.epoch.size(), 100000000u);
}

/// The thread goes on while the process ends: what it uses must still be there.
TEST(ThreadsDeathTest, AProcessMayEndWhileAnotherThreadTrains) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        static std::atomic<bool> begun{false};
        std::thread([] {
          for (;;) {
            Sequential m = net();
            m.fit(numbers({64, 4}, 3), numbers({64, 1}, 4), {.verbose = 0});
            begun = true;
          }
        }).detach();
        while (!begun) std::this_thread::sleep_for(1ms);
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

// ---- seeds

std::vector<Tensor> trained(std::optional<uint64_t> seed, bool warm = false) {
  Sequential m{Input({4}), Dense(8, {.kernel_initializer = initializers::GlorotUniform({.seed = 1})}), Dropout(0.5),
               GaussianNoise(0.1), Dense(1, {.kernel_initializer = "ones"})};
  m.compile({.optimizer = optimizers::SGD({.learning_rate = warm ? 0.0 : 0.1}), .loss = "mse"});
  if (warm) {  // seeds and steps are there before
    m.fit(x, y, {.batch_size = 8, .verbose = 0});
    m.optimizer()->set_learning_rate(0.1);
  }
  m.fit(x, y, {.batch_size = 8, .epochs = 3, .verbose = 0, .seed = seed});
  return m.get_weights();
}

TEST(Seeds, OfAFitRepeatIt) {
  const auto first = trained(7);
  set_random_seed(99);
  expect_same_bits(trained(7), first, "another state of the process");
  expect_same_bits(trained(7, true), first, "a model that was trained before");
  EXPECT_NE(trained(8)[0].to_doubles(), first[0].to_doubles());
  EXPECT_NE(trained({})[0].to_doubles(), first[0].to_doubles());
}

TEST(Seeds, RepeatFitsInSeveralThreads) {
  const std::vector<std::vector<Tensor>> alone{trained(1), trained(2)};
  std::vector<std::vector<Tensor>> beside(2);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 2; ++t) threads.emplace_back([&, t] { beside[t] = trained(t + 1); });
  for (std::thread& t : threads) t.join();
  for (size_t t = 0; t < 2; ++t) expect_same_bits(beside[t], alone[t], text("thread {}", t));
}

// ---- the lock

TEST(TurnLock, IsOnesOwnOrShared) {
  TurnLock lock;
  lock.lock();
  lock.lock();         // again by the same thread
  lock.lock_shared();  // in either way
  lock.unlock_shared();
  lock.unlock();
  lock.unlock();
  int value = 0;
  std::atomic<int> readers{0}, most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        lock.lock();
        EXPECT_EQ(readers, 0);
        ++value;
        lock.unlock();
      }
    });
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        lock.lock_shared();
        const int now = ++readers;
        if (now > most) most = now;
        const int before = value;
        std::this_thread::yield();
        EXPECT_EQ(value, before) << "nobody writes while somebody reads";
        --readers;
        lock.unlock_shared();
      }
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(value, 2000);
}

TEST(TurnLock, WhoReleasesItComesBehindWhoWaits) {
  TurnLock lock;
  for (const bool shared : {false, true}) {
    std::atomic<bool> waits{false}, had{false};
    lock.lock();
    std::thread other([&] {
      waits = true;
      shared ? lock.lock_shared() : lock.lock();
      had = true;
      shared ? lock.unlock_shared() : lock.unlock();
    });
    while (!waits) std::this_thread::yield();
    std::this_thread::sleep_for(20ms);
    lock.unlock();
    lock.lock();
    EXPECT_TRUE(had) << shared;
    lock.unlock();
    other.join();
  }
}

}  // namespace

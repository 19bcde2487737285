// What is kept of single operations and compiled functions: many small programs, few large ones.
#include "runtime/kept_steps.h"

#include <cornu/ops.h>
#include <gtest/gtest.h>

namespace cornu {
namespace {

std::unique_ptr<Step> step_of(int64_t elements) {
  Graph g;
  {
    Trace trace;
    const Tensor x = trace.input(DType::f32, {elements});
    g = trace.finish({ops::exp(x)});
  }
  return std::make_unique<Step>(g, std::vector<TypeShape>{{DType::f32, {elements}}});
}

TEST(KeptSteps, ThoseUsedLongestAgoGo) {
  KeptSteps kept({.many = 3, .few = 1});
  for (const char* key : {"a", "b", "c"}) kept.add(key, step_of(4));
  EXPECT_NE(kept.find("a"), nullptr);
  kept.add("d", step_of(4));
  EXPECT_EQ(kept.find("b"), nullptr);
  for (const char* key : {"a", "c", "d"}) EXPECT_NE(kept.find(key), nullptr) << key;
}

TEST(KeptSteps, LargeOnesGoFirst) {
  constexpr int64_t kMillion = 1 << 20;
  KeptSteps kept({.many = 100, .few = 1, .bytes = 20 << 20});
  for (int i = 0; i < 50; ++i) kept.add("small " + std::to_string(i), step_of(100 + i));
  for (int i = 0; i < 30; ++i) {
    kept.add("large " + std::to_string(i), step_of(kMillion + i));  // 4 MB each
    EXPECT_LE(kept.bytes(), uint64_t{20} << 20);
  }
  for (int i = 0; i < 50; ++i) EXPECT_NE(kept.find("small " + std::to_string(i)), nullptr) << i;
  EXPECT_NE(kept.find("large 29"), nullptr);
  EXPECT_EQ(kept.find("large 20"), nullptr);
}

TEST(KeptSteps, AFewStayWhateverTheirSize) {
  KeptSteps kept({.many = 100, .few = 3, .bytes = 1 << 20});
  for (int i = 0; i < 5; ++i) kept.add(std::to_string(i), step_of(1 << 20));
  EXPECT_EQ(kept.size(), 3u);
  EXPECT_NE(kept.find("2"), nullptr);
}

}  // namespace
}  // namespace cornu

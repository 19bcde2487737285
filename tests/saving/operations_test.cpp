// Operations of C++ programs on symbolic tensors: a file says all that they do.
#include <cornu/indexing.h>
#include <gtest/gtest.h>

#include "saving/support.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

struct Case {
  const char* name;
  std::function<Tensor(const Tensor&)> f;
};

TEST(OperationsInFiles, GiveTheSameWhenReadBack) {
  const Case cases[] = {
      {"arithmetic", [](const Tensor& x) { return (2 * x - 0.1) / (x * x + 1.0); }},
      {"sum", [](const Tensor& x) { return ops::sum(x, {-1}, true); }},
      {"max",
       [](const Tensor& x) {
         return ops::max(x, {1, 2});
       }},
      {"take",
       [](const Tensor& x) {
         return ops::take(x, Tensor({3}, std::vector<int32_t>{3, 1, 0}));
       }},
      {"take along",
       [](const Tensor& x) {
         return ops::take(x, Tensor({2}, std::vector<int32_t>{2, 0}), 1);
       }},
      {"slice", [](const Tensor& x) { return ops::slice(x, 1, -2); }},
      {"get_item",
       [](const Tensor& x) {
         return ops::get_item(x, {ops::Slice{}, 1, ops::Slice{{}, {}, 2}});
       }},
      {"argmax", [](const Tensor& x) { return ops::argmax(x, -1); }},
      {"cumsum", [](const Tensor& x) { return ops::cumsum(x, 1); }},
      {"sort", [](const Tensor& x) { return ops::sort(x, 1); }},
      {"concatenate",
       [](const Tensor& x) {
         return ops::concatenate({x, x * 2}, 1);
       }},
      {"transpose",
       [](const Tensor& x) {
         return ops::transpose(x, {0, 2, 1});
       }},
      {"reshape",
       [](const Tensor& x) {
         return ops::reshape(x, {-1, 12});
       }},
      {"expand_dims", [](const Tensor& x) { return ops::expand_dims(x, 2); }},
      {"cast", [](const Tensor& x) { return ops::cast(x, DType::i32); }},
      {"matmul",
       [](const Tensor& x) {
         return ops::matmul(x, Tensor::full({4, 2}, 0.5));
       }},
      {"softmax", [](const Tensor& x) { return ops::softmax(x); }},
      {"an array",
       [](const Tensor& x) {
         return x + Tensor({4}, {1, 2, 3, 4});
       }},
      {"where",
       [](const Tensor& x) {
         return ops::where(x > 0.0, x, Tensor::full({3, 4}, -1));
       }},
  };
  const Folder folder;
  const Tensor x = numbers({5, 3, 4}, 3);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Tensor in = Input({3, 4});
    const Model m(in, c.f(in));
    const std::string path = folder / "m.keras";
    m.save(path);
    const Tensor expected = m(x), got = load_model(path)(x);
    ASSERT_EQ(got.shape(), expected.shape());
    EXPECT_EQ(got.to_doubles(), expected.to_doubles());
  }
}

TEST(OperationsInFiles, RefusedWhereNoFunctionSaysTheSame) {
  const Tensor in = Input({3});
  const Model m(in, ops::mean(in, {0}));  // over a batch whose size is not known
  try {
    m.save("/nowhere.keras");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_NE(std::string(e.what()).find("cannot be written to a file"), std::string::npos) << e.what();
  }
}

}  // namespace

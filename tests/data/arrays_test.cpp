// Tensors in NumPy's files: every type that NumPy has comes back as it was.
#include <cornu/data.h>
#include <gtest/gtest.h>

#include <cstring>

#include "message_of.h"
#include "own_path.h"

namespace cornu {
namespace {

using testing::message_of;
using testing::own_path;

TEST(Arrays, EveryTypeComesBack) {
  const std::string path = own_path("types.npy"), many = own_path("types.npz");
  std::map<std::string, Tensor> all;
  for (int i = 0; i < kDTypeCount; ++i) {
    const DType d = static_cast<DType>(i);
    if (d == DType::bf16) continue;
    const Tensor t = Tensor({2, 3}, std::vector<double>{0, 1, 100, 3, 1, 7}).to(d);
    save_npy(path, t);
    const Tensor back = load_npy(path);
    ASSERT_EQ(back.dtype(), d);
    ASSERT_EQ(back.shape(), t.shape());
    EXPECT_EQ(std::memcmp(back.raw(), t.raw(), 6 * size_of(d)), 0) << d;
    all[to_string(d)] = t;
  }
  save_npz(many, all);
  const std::map<std::string, Tensor> back = load_npz(many);
  ASSERT_EQ(back.size(), all.size());
  for (const auto& [name, t] : back) EXPECT_EQ(to_string(t.dtype()), name);
}

TEST(Arrays, WhatNumPyLacksIsRefused) {
  const std::string path = own_path("half.npy");
  EXPECT_EQ(message_of([&] { save_npy(path, Tensor({1}, DType::bf16)); }),
            "FileError: " + path + ": NPY files have no bfloat16: cast the tensor to float32, got bfloat16");
}

}  // namespace
}  // namespace cornu

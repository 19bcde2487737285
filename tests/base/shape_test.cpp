// Shapes, element types and error texts.
#include <cornu/shape.h>
#include <gtest/gtest.h>

namespace cornu {

TEST(Shape, PrintsAsKeras) {
  EXPECT_EQ((Shape{-1, 64}).str(), "(None, 64)");
  EXPECT_EQ((Shape{3}).str(), "(3,)");
  EXPECT_EQ(Shape{}.str(), "()");
}

TEST(Shape, NegativeAxesCountFromTheEnd) {
  const Shape s{2, 3, 4};
  EXPECT_EQ(s[-1], 4);
  EXPECT_EQ(s.slice(1), (Shape{3, 4}));
  EXPECT_EQ(s.slice(0, -1), (Shape{2, 3}));
  EXPECT_THROW(s[3], ShapeError);
}

TEST(DType, Promotion) {
  EXPECT_EQ(promote(DType::i64, DType::f32), DType::f32);
  EXPECT_EQ(promote(DType::u8, DType::i32), DType::i32);
  EXPECT_EQ(dtype_from_string("float64"), DType::f64);
  EXPECT_THROW(dtype_from_string("float"), DTypeError);
}

TEST(Error, FirstLineNamesKindWhoRuleAndValue) {
  const ShapeError e("Dense 'dense_2' in 'mlp'", text("last axis of the input must be {}, got {}", 128, 64),
                     {{"input 0", "(None, 64) float32"}}, "train.cpp:41");
  EXPECT_STREQ(e.what(),
               "ShapeError: Dense 'dense_2' in 'mlp': last axis of the input must be 128, got 64\n"
               "  input 0: (None, 64) float32\n  created at train.cpp:41");
}

}  // namespace cornu

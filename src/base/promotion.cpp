// Promotion of types. They are ordered: above a type stand those that may take its place, and of several types the
// result is the least that stands above each. The order is that of JAX, and so of Keras.
#include "base/promotion.h"

#include <cornu/error.h>
#include <cornu/shape.h>

#include <array>
#include <bit>
#include <optional>

namespace cornu {
namespace {

/// Elements' types, in the order of DType, then those that no tensor has.
enum Rank { kWeakInt = kDTypeCount, kWeakFloat, kComplex64, kComplex128, kRanks };
constexpr const char* kExtra[] = {"int", "float", "complex64", "complex128"};

using Set = uint32_t;  // of ranks
constexpr Set bit(int rank) { return Set{1} << rank; }
constexpr Set bit(DType d) { return bit(static_cast<int>(d)); }

/// What stands right above a type.
constexpr Set next_above(int rank) {
  if (rank == kWeakInt) return bit(DType::u8) | bit(DType::i8) | bit(kComplex64);
  if (rank == kWeakFloat) return bit(DType::bf16) | bit(DType::f16);
  if (rank == kComplex64) return bit(kComplex128);
  if (rank == kComplex128) return 0;
  switch (static_cast<DType>(rank)) {
    case DType::boolean:
      return bit(kWeakInt);
    case DType::u8:
      return bit(DType::i16) | bit(DType::u16);
    case DType::u16:
      return bit(DType::i32) | bit(DType::u32);
    case DType::u32:
      return bit(DType::i64) | bit(DType::u64);
    case DType::i8:
      return bit(DType::i16);
    case DType::i16:
      return bit(DType::i32);
    case DType::i32:
      return bit(DType::i64);
    case DType::i64:
    case DType::u64:
      return bit(kWeakFloat);
    case DType::f16:
    case DType::bf16:
      return bit(DType::f32);
    case DType::f32:
      return bit(DType::f64) | bit(kComplex64);
    case DType::f64:
      return bit(kComplex128);
  }
  return 0;
}

/// All that stands above a type, and itself.
constexpr std::array<Set, kRanks> all_above() {
  std::array<Set, kRanks> above{};
  for (int r = 0; r < kRanks; ++r) above[static_cast<size_t>(r)] = bit(r) | next_above(r);
  for (int step = 0; step < kRanks; ++step)
    for (Set& set : above)
      for (int r = 0; r < kRanks; ++r)
        if (set & bit(r)) set |= above[static_cast<size_t>(r)];
  return above;
}
constexpr std::array<Set, kRanks> kAbove = all_above();

/// The one of a set below which no other of it stands.
constexpr int least(Set set) {
  for (int r = 0; r < kRanks; ++r)
    if (set & bit(r) && (set & kAbove[static_cast<size_t>(r)]) == set) return r;
  return kComplex128;  // stands above all
}

/// As 32 bits what has 64; the language's numbers as Keras' defaults.
constexpr int resolved(int rank) {
  if (rank == kWeakInt || rank == static_cast<int>(DType::i64)) return static_cast<int>(DType::i32);
  if (rank == static_cast<int>(DType::u64)) return static_cast<int>(DType::u32);
  if (rank == kWeakFloat || rank == static_cast<int>(DType::f64)) return static_cast<int>(DType::f32);
  return rank == kComplex128 ? kComplex64 : rank;
}

constexpr int pair(int a, int b) { return least(kAbove[static_cast<size_t>(a)] & kAbove[static_cast<size_t>(b)]); }

using PairTable = std::array<std::array<DType, kDTypeCount>, kDTypeCount>;
/// An operand of 64 bits may give a result of 64 bits; nothing else does.
constexpr PairTable pairs() {
  PairTable out{};
  for (int a = 0; a < kDTypeCount; ++a)
    for (int b = 0; b < kDTypeCount; ++b) {
      const int both = pair(a, b);
      const bool stays = both == a || both == b;
      out[static_cast<size_t>(a)][static_cast<size_t>(b)] = static_cast<DType>(stays ? both : resolved(both));
    }
  return out;
}
constexpr PairTable kPairs = pairs();

std::string name_of(int rank) {
  return rank < kDTypeCount ? to_string(static_cast<DType>(rank)) : kExtra[rank - kDTypeCount];
}

int rank_of(const std::string& name) {
  for (int r = 0; r < kRanks; ++r)
    if (name == name_of(r)) return r;
  if (name.starts_with("float8"))
    throw DTypeError("result_type",
                     text("There is no implicit conversions from float8 dtypes to others: cast it first, "
                          "got '{}'",
                          name));
  throw DTypeError("result_type", text("'{}' is not a valid dtype for Keras type promotion.", name));
}

}  // namespace

DType promote(DType a, DType b) { return kPairs[static_cast<size_t>(a)][static_cast<size_t>(b)]; }

std::string result_type(std::span<const std::string> names, const std::string& floatx) {
  if (names.empty()) return floatx;
  Set above = ~Set{0}, given = 0;
  for (const std::string& name : names) {
    const int rank = rank_of(name);
    given |= bit(rank);
    above &= kAbove[static_cast<size_t>(rank)];
  }
  const int found = least(above);
  const bool half = floatx.ends_with("16");  // numbers of the language have the width of floatx
  if (half && found == kWeakFloat) return "float16";
  if (half && found == kWeakInt) return "int16";
  return name_of(given & bit(found) && found < kDTypeCount ? found : resolved(found));
}

}  // namespace cornu

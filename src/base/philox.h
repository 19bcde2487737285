// Philox 4x32-10: a counter-based generator (Salmon et al., 2011). The same bits on every machine.
#pragma once
#include <array>
#include <cstdint>

namespace cornu {

using PhiloxBlock = std::array<uint32_t, 4>;

/// Four random words that depend on nothing but a counter of 128 bits and a key of 64 bits.
constexpr PhiloxBlock philox(PhiloxBlock counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * counter[0], b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// Block `index` of the stream that a seed and a call number name.
constexpr PhiloxBlock philox(uint64_t seed, uint64_t call, uint64_t index) {
  return philox({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), static_cast<uint32_t>(call),
                 static_cast<uint32_t>(call >> 32)},
                {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
}

/// [0, 1) in steps of 2^-24.
constexpr float uniform_from_bits(uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

}  // namespace cornu

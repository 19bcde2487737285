// DEFLATE, bounded: what is decoded never exceeds what the caller expects.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace cornu {

/// Decodes a zlib stream. Throws FileError if it is damaged, cut short or longer than `max_bytes`.
std::string inflate_zlib(std::string_view bytes, uint64_t max_bytes, const std::string& who);

/// Encodes as a zlib stream.
std::string deflate_zlib(std::string_view bytes);

bool is_gzip(std::string_view bytes);

/// Decodes gzip members up to their end, or until `max_bytes` are there and stops. Throws FileError if damaged.
std::string gunzip(std::string_view bytes, uint64_t max_bytes, const std::string& who);

/// One gzip member, without a time stamp.
std::string gzip(std::string_view bytes);

}  // namespace cornu

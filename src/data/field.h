// One field of a CSV record: what it is, and which number.
#pragma once
#include <cornu/data.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace cornu {

/// Looks text up without making strings.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// Bytes of the space at the front, of those that Unicode has for texts too: no-break, narrow, thin, figure; or 0.
size_t space_at(std::string_view s);
/// Without spaces around it.
std::string_view trimmed(std::string_view field);
/// In small letters, as far as ASCII goes.
std::string lower(std::string_view field);
/// Of "true", "yes", "on", "t", "y" and their opposites, in small letters; nothing for other words.
std::optional<bool> truth_value(std::string_view word);
/// Whether those are truth values, of both kinds. Single letters are only beside the words that they begin: "t" and "n"
/// may be names of kinds.
bool are_truth_values(const TextMap<int64_t>& levels);
/// Of the words of either value, with how often they are there: a pair as "false" and "true", if possible; the one that
/// is there most.
std::pair<std::string, std::string> main_truth_pair(const std::map<std::string, int64_t>& no,
                                                    const std::map<std::string, int64_t>& yes);
/// All words of that value.
std::vector<std::string_view> words_of_truth(bool value);
/// Stands for no value in a column of numbers, and may be a kind in others: "-", "none", "n/a" in any case, ...
bool is_mark(std::string_view field);

enum class FieldKind {
  missing,
  mark,
  number,
  beyond,  ///< Infinite, or too large for a float32.
  text,
};

/// How the fields of a column are written. Fields are given without spaces around them.
class FieldReader {
 public:
  /// `missing`: texts that mean it besides the usual ones.
  explicit FieldReader(NumberStyle style = {}, const std::vector<std::string>& missing = {});
  void set_style(NumberStyle style);
  const NumberStyle& style() const { return style_; }
  /// `value` is set for numbers, also those beyond.
  FieldKind read(std::string_view field, double& value) const;
  bool is_missing(std::string_view field) const;
  /// The text of a level: numbers in their shortest form, so that "1" and "1.0" are one.
  std::string level(std::string_view field) const;

 private:
  using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;
  std::optional<double> number(std::string_view field) const;

  NumberStyle style_;
  bool plain_ = true;                       ///< The style has decimals alone.
  bool needs_unit_ = false;                 ///< A number without it is none.
  std::shared_ptr<const TextSet> missing_;  ///< Null if there are none, as is usual.
};

/// Three numbers with '-', '/' or '.' between them, one of them a year of four digits, with or without a time of day.
bool is_date(std::string_view field);
/// "7:30", "23:59:59", "7:30 pm".
bool is_time(std::string_view field);

}  // namespace cornu

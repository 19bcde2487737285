// How people write numbers: "1.642,50", "$12.50", "45 %", "(5)".
#pragma once
#include <cornu/data.h>

#include <optional>
#include <string>
#include <string_view>

namespace cornu {

/// A number's text without what is around its digits.
struct BareNumber {
  std::string digits;     ///< Begins with a digit or a decimal mark; spaces of all kinds are ' ', apostrophes '\''.
  std::string_view unit;  ///< "%", "$", "EUR"; empty if there is none.
  bool negative = false, parentheses = false;
};
/// Nothing if it is no number in any style. `unit`: one that may stand behind it, besides the usual ones.
std::optional<BareNumber> bare_number(std::string_view field, std::string_view unit = {});
/// "kg" of "45.1 kg", "km/h", "m2": a word behind what begins like a number; empty if there is none.
std::string_view word_behind(std::string_view field);

/// Sets of styles: which marks the decimals, and which the thousands.
using Styles = unsigned;
constexpr Styles kNoStyle = 0, kAllStyles = 0xFF;
/// `decimal`: '.' or ','; `thousands`: 0, ' ', '\'', or the other of those two.
constexpr Styles style_bit(char decimal, char thousands) {
  const unsigned of_thousands = thousands == 0 ? 0 : thousands == ' ' ? 2 : thousands == '\'' ? 3 : 1;
  return 1u << ((decimal == ',' ? 4 : 0) + of_thousands);
}
constexpr Styles kPointStyles = 0x0F, kCommaStyles = 0xF0;
/// All styles in which the digits are a number.
Styles styles_of(const std::string& digits);
/// The number in that style.
std::optional<double> number_in_style(std::string_view field, const NumberStyle& style);
/// Whether it begins with a minus or a dash of Unicode, where numbers have a hyphen.
bool has_other_minus(std::string_view field);

/// "'.' between thousands, '$' left out": what is done to numbers that are not plain; else "".
std::string described(const NumberStyle& style);

}  // namespace cornu

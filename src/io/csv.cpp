// CSV files read in blocks.
#include "io/csv.h"

#include <cornu/error.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "io/csv_split.h"

namespace cornu {

constexpr size_t kPrologue = 10;  // Bytes of a byte order mark and the line "sep=;".

struct CsvReader::Impl {
  std::string path;
  CsvOptions options;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{nullptr, std::fclose};
  std::string buffer;  // Bytes [at, end) are read and not yet handed out.
  size_t at = 0, end = 0;
  uint64_t start = 0;  // Of the buffer, in the file.
  bool at_eof = false;
  uint64_t line = 0, next_line = 1;
  size_t columns = 0;
  std::vector<std::string> first, header;

  [[noreturn]] void fail(const std::string& rule) const { throw FileError(path, rule); }

  void open() {
    file.reset(std::fopen(path.c_str(), "rb"));
    if (!file) fail(text("the file must be readable, got '{}'", std::strerror(errno)));
    std::setvbuf(file.get(), nullptr, _IONBF, 0);  // Blocks are as large as they should be.
    restart();
  }

  void restart() {
    if (std::fseek(file.get(), 0, SEEK_SET) != 0)
      fail(text("is read more than once, so it must be a file and no pipe, got '{}'", std::strerror(errno)));
    at = end = 0;
    start = 0;
    at_eof = false;
    line = 0;
    next_line = 1;
    while (end < kPrologue && fill()) {}
    std::string_view text(buffer.data(), end);
    if (text.starts_with("\xEF\xBB\xBF")) at = 3;
    text.remove_prefix(at);
    if (const size_t n = separator_line(text)) {
      at += n;
      next_line = 2;
      if (options.separator == 0) options.separator = text[4];
    }
  }

  // Length of a line "sep=;", by which Excel tells the separator; 0 if there is none.
  static size_t separator_line(std::string_view text) {
    if (!text.starts_with("sep=") || text.size() < 6 || std::strchr("\r\n\"", text[4])) return 0;
    if (text[5] == '\n') return 6;
    return text.substr(5, 2) == "\r\n" ? 7 : 0;
  }

  // A byte of zero is in no text: it is of a file that was damaged or is of another kind. `bytes` are those behind
  // `end`.
  void need_no_zero(const char* bytes, size_t n) const {
    const void* zero = n == 0 ? nullptr : std::memchr(bytes, 0, n);
    if (!zero) return;
    const char* from = buffer.data() + at;
    const auto lines = std::count(from, static_cast<const char*>(zero), '\n');
    fail(text("is no text: line {} has a byte of zero", next_line + static_cast<uint64_t>(lines)));
  }

  // Reads more behind what is there; false at the end of the file.
  bool fill() {
    if (at_eof) return false;
    if (at > 0) {
      std::memmove(buffer.data(), buffer.data() + at, end - at);
      start += at;
      end -= at;
      at = 0;
    }
    // Doubling keeps long records linear.
    const size_t want = std::max(options.block, end);
    if (buffer.size() < end + want) buffer.resize(end + want);
    const size_t n = std::fread(buffer.data() + end, 1, want, file.get());
    if (n == 0 && std::ferror(file.get())) fail(text("the file must be readable, got '{}'", std::strerror(errno)));
    need_no_zero(buffer.data() + end, n);
    end += n;
    at_eof = n == 0;
    return n > 0;
  }

  bool next(std::vector<std::string_view>& fields) {
    for (;;) {
      const CsvRecord record = find_record({buffer.data() + at, end - at}, options.separator, at_eof);
      if (!record.complete) {
        if (end - at > options.max_record)
          fail(text("line {} must end within {} bytes, got a quote that is not closed", next_line, options.max_record));
        fill();
        continue;
      }
      if (record.length == 0) return false;
      char* record_start = buffer.data() + at;
      line = next_line;
      next_line += record.lines;
      at += record.length;
      if (record.open_quote) fail(text("line {} must close its quotes, got the end of the file", line));
      if (record.content == 0) continue;
      split_record(record_start, record.content, options.separator, record.has_quote, fields, [&](size_t field) {
        fail(text("line {} must have '{}' after the quoted field {}, got something else", line, options.separator,
                  field));
      });
      return true;
    }
  }

  void detect() {
    constexpr size_t kSample = 50;
    std::vector<std::string_view> fields;
    if (options.separator == 0) options.separator = detect_separator();
    std::vector<bool> numbers, texts;
    size_t rows = 0;
    for (; rows <= kSample && next(fields); ++rows) {
      if (rows == 0) {
        first.assign(fields.begin(), fields.end());
        columns = first.size();
        numbers.resize(columns);
        texts.resize(columns);
        continue;
      }
      for (size_t i = 0; i < std::min(columns, fields.size()); ++i) {
        if (is_missing(fields[i])) continue;
        (looks_like_number(fields[i]) ? numbers : texts)[i] = true;
      }
    }
    bool has_header = options.header == CsvOptions::Header::yes && rows > 0;
    for (size_t i = 0; options.header == CsvOptions::Header::automatic && i < columns; ++i)
      has_header |= numbers[i] && !texts[i] && !is_missing(first[i]) && !looks_like_number(first[i]);
    if (has_header) header = first;
  }

  // Which decimals the file has is not known yet.
  static bool looks_like_number(std::string_view field) { return parse_number(field) || parse_number(field, ','); }

  // The separator that the first lines agree on, else the one that the first line has most of.
  char detect_separator() {
    constexpr char kCandidates[] = {'\t', ';', ',', '|'};
    char best = ',';
    size_t most = 0;
    for (const char candidate : kCandidates) {
      options.separator = candidate;
      restart();
      std::vector<std::string_view> fields;
      size_t count = 0, rows = 0;
      bool agree = true;
      try {
        while (rows < 20 && next(fields)) {
          if (rows++ == 0) count = fields.size();
          agree &= fields.size() == count;
        }
      } catch (const FileError&) {
        agree = false;  // Quotes that make no sense with this separator.
      }
      if (agree && count > 1) return candidate;
      if (count > most) best = candidate, most = count;
    }
    return most > 1 ? best : ',';
  }
};

CsvReader::CsvReader(const std::string& path, CsvOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->options = options;
  impl_->open();
  if (impl_->options.separator == 0) impl_->options.separator = impl_->detect_separator();
  impl_->restart();
  impl_->detect();
  rewind();
}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

const std::vector<std::string>& CsvReader::header() const { return impl_->header; }
const std::vector<std::string>& CsvReader::first() const { return impl_->first; }
char CsvReader::separator() const { return impl_->options.separator; }
size_t CsvReader::columns() const { return impl_->columns; }
uint64_t CsvReader::line() const { return impl_->line; }

bool CsvReader::next(std::vector<std::string_view>& fields) {
  if (!impl_->next(fields)) return false;
  if (fields.size() != impl_->columns)
    impl_->fail(text("line {} must have {} fields, got {}", impl_->line, impl_->columns, fields.size()));
  return true;
}

void CsvReader::rewind() {
  impl_->restart();
  std::vector<std::string_view> fields;
  if (!impl_->header.empty()) impl_->next(fields);
}

CsvReader::Place CsvReader::place() const { return {impl_->start + impl_->at, impl_->next_line}; }

void CsvReader::seek(const Place& place, size_t block) {
  Impl& m = *impl_;
  if (fseeko(m.file.get(), static_cast<off_t>(place.offset), SEEK_SET) != 0)
    m.fail(text("must be a file in which reading can go on anywhere, got '{}'", std::strerror(errno)));
  m.at = m.end = 0;
  m.start = place.offset;
  m.at_eof = false;
  m.line = place.line - 1;
  m.next_line = place.line;
  m.options.block = block;
}

bool is_missing(std::string_view field) {
  if (field.empty()) return true;
  static constexpr std::string_view kTexts[] = {"?",    "NA",     "N/A",     "n/a",     "NaN",     "nan",      "NULL",
                                                "null", "None",   "<NA>",    "#N/A",    "#NA",     "#N/A N/A", "-NaN",
                                                "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"};
  if (std::find(std::begin(kTexts), std::end(kTexts), field) != std::end(kTexts)) return true;
  // "NAN" and "Nan" are no numbers either.
  if (std::string_view("nN+-").find(field[0]) == std::string_view::npos) return false;
  const std::optional<double> v = parse_number(field);
  return v && std::isnan(*v);
}

std::optional<double> parse_number(std::string_view field, char decimal) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!field.empty() && is_space(field.front())) field.remove_prefix(1);
  while (!field.empty() && is_space(field.back())) field.remove_suffix(1);
  // from_chars takes no plus sign.
  if (field.size() > 1 && field[0] == '+' && field[1] != '-') field.remove_prefix(1);
  std::string with_point;
  if (decimal != '.') {
    if (field.find('.') != field.npos) return std::nullopt;
    with_point = field;
    std::replace(with_point.begin(), with_point.end(), decimal, '.');
    field = with_point;
  }
  if (field.empty()) return std::nullopt;
  double v = 0;
  const char* end = field.data() + field.size();
  auto r = std::from_chars(field.data(), end, v);
  if (r.ec == std::errc::result_out_of_range) {
    long double wide = 0;  // Tells what is too large from what is too small.
    r = std::from_chars(field.data(), end, wide);
    v = static_cast<double>(wide);
  }
  if (r.ptr != end || r.ec != std::errc()) return std::nullopt;
  return v;
}

std::string csv_line(const std::vector<std::string>& fields, char separator) {
  std::string out;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += separator;
    const std::string& f = fields[i];
    const bool alone = fields.size() == 1 && f.empty();  // Would read back as an empty line.
    if (!alone && f.find(separator) == f.npos && f.find_first_of("\"\r\n") == f.npos) {
      out += f;
      continue;
    }
    out += '"';
    for (const char c : f) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  return out + "\n";
}

}  // namespace cornu

// Reading of signatures, and lookup.
#include "ops/function_table.h"

#include "io/json.h"

namespace cornu {
namespace {

std::string trimmed(std::string_view s) {
  const size_t from = s.find_first_not_of(' ');
  return from == s.npos ? "" : std::string(s.substr(from, s.find_last_not_of(' ') + 1 - from));
}

/// A Python literal.
Value literal(std::string text) {
  if (text == "None") return {};
  if (text == "True") return true;
  if (text == "False") return false;
  for (char& c : text) c = c == '\'' ? '"' : c == '(' ? '[' : c == ')' ? ']' : c;
  return parse_json(text);
}

}  // namespace

/// All parameters as plain ones.
static FunctionDef parsed(const char* signature) {
  const std::string_view all = signature;
  const size_t open = all.find('('), close = all.rfind(')');
  FunctionDef out;
  out.name = all.substr(0, open);
  std::string_view rest = all.substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    size_t end = 0;
    for (int depth = 0; end < rest.size() && (depth || rest[end] != ','); ++end)
      depth += rest[end] == '(' ? 1 : rest[end] == ')' ? -1 : 0;
    const std::string_view one = rest.substr(0, end);
    const size_t equals = one.find('=');
    FunctionParameter p;
    p.name = trimmed(one.substr(0, equals));
    p.required = equals == one.npos;
    if (!p.required) p.default_value = literal(trimmed(one.substr(equals + 1)));
    out.parameters.push_back(std::move(p));
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  return out;
}

FunctionDef detail::parse_signature(const char* signature, const Kinds& kinds) {
  FunctionDef out = parsed(signature);
  if (out.parameters.size() != kinds.size())
    throw ConfigError(signature, text("has {} parameters, its function {}", out.parameters.size(), kinds.size()));
  for (size_t i = 0; i < kinds.size(); ++i) out.parameters[i].kind = kinds[i];
  return out;
}

void detail::argument_error(const char* signature, size_t argument, const Error& why) {
  const bool of_config = why.who == "config", of_dtype = why.who == "dtype";
  if (!of_config && !of_dtype) throw;
  const FunctionDef row = parsed(signature);
  std::string rule = std::string(why.message()).substr(why.who.size() + 2);
  if (argument < row.parameters.size()) rule = row.parameters[argument].name + ": " + rule;
  if (of_dtype) throw DTypeError(row.name, rule);
  throw ConfigError(row.name, rule);
}

void FunctionTable::add(FunctionDef row) {
  std::string name = row.name;
  rows_.emplace(std::move(name), std::move(row));
}

const FunctionDef* FunctionTable::find(const std::string& name) const {
  const auto alias = aliases_.find(name);
  const auto found = rows_.find(alias == aliases_.end() ? name : alias->second);
  return found == rows_.end() ? nullptr : &found->second;
}

std::vector<std::string> FunctionTable::names() const {
  std::vector<std::string> out;
  for (const auto& [name, row] : rows_) out.push_back(name);
  for (const auto& [name, of] : aliases_) out.push_back(name);
  return out;
}

}  // namespace cornu

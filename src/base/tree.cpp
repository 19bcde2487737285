// Sentences about trees.
#include <cornu/tree.h>

namespace cornu {

std::string to_string(TreeKind kind, size_t size) {
  switch (kind) {
    case TreeKind::none:
      return "nothing";
    case TreeKind::leaf:
      return "one value";
    case TreeKind::list:
      return text("a list of {}", size);
    case TreeKind::fields:
      return text("{} by name", size);
  }
  return "";
}

namespace detail {
void tree_is_no_leaf(TreeKind kind, size_t size) {
  throw CallError("Tree", text("expected one value, got {}", to_string(kind, size)));
}
void tree_lacks(const std::string& what) { throw CallError("Tree", text("has no {}", what)); }
void tree_has_twice(const std::string& name) { throw CallError("Tree", text("has two parts of the name '{}'", name)); }
std::string list_of_names(const std::vector<std::string>& names) { return Arg(names).text; }
}  // namespace detail

}  // namespace cornu

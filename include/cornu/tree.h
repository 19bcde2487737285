// Tree: one value, none, a list of trees, or trees by name; what layers take and give.
#pragma once
#include <cornu/error.h>

#include <algorithm>
#include <concepts>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cornu {

enum class TreeKind : uint8_t { none, leaf, list, fields };

namespace detail {
/// CallErrors about trees.
[[noreturn]] CORNU_API void tree_is_no_leaf(TreeKind kind, size_t size);
[[noreturn]] CORNU_API void tree_lacks(const std::string& what);
[[noreturn]] CORNU_API void tree_has_twice(const std::string& name);
CORNU_API std::string list_of_names(const std::vector<std::string>& names);
}  // namespace detail

/// A structure of values: nothing, one value (a leaf), a list of structures, or structures by name. Names are kept
/// sorted, as Keras orders them. A value: copies are independent, as far as those of T are.
template <class T>
class Tree {
 public:
  using Field = std::pair<std::string, Tree>;
  /// Nothing.
  Tree() = default;
  Tree(T leaf) : kind_(TreeKind::leaf), leaf_(std::move(leaf)) {}
  /// A list that Python gave as a tuple, and gets back as one.
  static Tree tuple(std::vector<Tree> list) { return of_form(std::move(list), 1); }
  /// A list that another language had as something else, and gets back as that: 0 is a list, 1 a tuple, the rest are
  /// numbers of that language's own.
  static Tree of_form(std::vector<Tree> list, uint32_t form) {
    Tree out(std::move(list));
    out.form_ = form;
    return out;
  }
  /// One value of what T is made of.
  template <class U>
  requires(std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, T> &&
           !std::same_as<std::remove_cvref_t<U>, Tree>) Tree(U&& leaf)
      : Tree(T(std::forward<U>(leaf))) {}
  Tree(std::initializer_list<Tree> list) : Tree(std::vector<Tree>(list)) {}
  Tree(std::vector<Tree> list) : kind_(TreeKind::list) {
    for (Tree& one : list) children_.emplace_back(std::string(), std::move(one));
  }
  Tree(const std::vector<T>& list) : kind_(TreeKind::list) {
    for (const T& one : list) children_.emplace_back(std::string(), Tree(one));
  }
  /// CallError for a name that is there twice.
  Tree(std::initializer_list<Field> fields) : Tree(std::vector<Field>(fields)) {}
  Tree(std::vector<Field> fields) : kind_(TreeKind::fields), children_(std::move(fields)) {
    const auto before = [](const Field& a, const Field& b) { return a.first < b.first; };
    std::stable_sort(children_.begin(), children_.end(), before);
    for (size_t i = 1; i < children_.size(); ++i)
      if (children_[i].first == children_[i - 1].first) detail::tree_has_twice(children_[i].first);
  }

  /// By name, where braces alone could mean a list of lists too.
  static Tree named(std::initializer_list<Field> fields) { return Tree(std::vector<Field>(fields)); }

  TreeKind kind() const { return kind_; }
  bool is_none() const { return kind_ == TreeKind::none; }
  bool is_leaf() const { return kind_ == TreeKind::leaf; }
  bool is_list() const { return kind_ == TreeKind::list; }
  bool is_tuple() const { return form_ == 1; }
  uint32_t form() const { return form_; }
  bool is_fields() const { return kind_ == TreeKind::fields; }
  /// Of a list or of named fields; 0 for anything else.
  size_t size() const { return children_.size(); }
  /// The parts of a list or of named fields, with their names, which are empty in a list.
  const std::vector<Field>& children() const { return children_; }
  /// The part of that number. CallError if there is none.
  const Tree& at(size_t i) const {
    if (i >= children_.size()) detail::tree_lacks(text("part {} of {}", i, children_.size()));
    return children_[i].second;
  }
  const Tree& operator[](size_t i) const { return at(i); }
  /// The part of that name, or null.
  const Tree* find(const std::string& name) const {
    for (const Field& f : children_)
      if (is_fields() && f.first == name) return &f.second;
    return nullptr;
  }
  /// The part of that name. CallError if there is none.
  const Tree& at(const std::string& name) const {
    if (const Tree* found = find(name)) return *found;
    detail::tree_lacks(text("part '{}', only {}", name, detail::list_of_names(names())));
  }
  const Tree& operator[](const std::string& name) const { return at(name); }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const Field& f : children_) out.push_back(f.first);
    return out;
  }

  /// The value of a leaf. CallError for anything else.
  const T& leaf() const {
    if (!is_leaf()) detail::tree_is_no_leaf(kind_, size());
    return leaf_;
  }
  /// The one value that there is, however deep. CallError if there are none or several.
  const T& only() const {
    if (is_leaf()) return leaf_;
    if (size() == 1) return children_[0].second.only();
    detail::tree_is_no_leaf(kind_, size());
  }
  /// All values, in order.
  std::vector<T> leaves() const {
    std::vector<T> out;
    each([&](const T& leaf) { out.push_back(leaf); });
    return out;
  }
  size_t leaf_count() const {
    size_t n = 0;
    each([&](const T&) { ++n; });
    return n;
  }
  template <class F>
  void each(const F& f) const {
    if (is_leaf()) f(leaf_);
    for (const Field& child : children_) child.second.each(f);
  }
  /// The same structure with f(value) in place of each value.
  template <class F>
  auto map(const F& f) const -> Tree<std::remove_cvref_t<std::invoke_result_t<const F&, const T&>>> {
    Tree<std::remove_cvref_t<std::invoke_result_t<const F&, const T&>>> out;
    out.kind_ = kind_;
    out.form_ = form_;
    if (is_leaf()) out.leaf_ = f(leaf_);
    for (const Field& child : children_) out.children_.emplace_back(child.first, child.second.map(f));
    return out;
  }
  /// The same structure with other values, as many as it has leaves.
  template <class U>
  Tree<U> with_leaves(const std::vector<U>& values) const {
    size_t at = 0;
    return map([&](const T&) { return values.at(at++); });
  }
  /// The same structure with nothing in place of the values for which f holds.
  template <class F>
  Tree without(const F& f) const {
    if (is_leaf()) return f(leaf_) ? Tree() : *this;
    Tree out = *this;
    for (Field& child : out.children_) child.second = child.second.without(f);
    return out;
  }
  /// Whether another has leaves where this one has.
  template <class U>
  bool same_structure(const Tree<U>& other) const {
    if (kind_ != other.kind_ || size() != other.size()) return false;
    for (size_t i = 0; i < size(); ++i)
      if (children_[i].first != other.children_[i].first ||
          !children_[i].second.same_structure(other.children_[i].second))
        return false;
    return true;
  }
  bool operator==(const Tree& other) const = default;

 private:
  template <class U>
  friend class Tree;
  TreeKind kind_ = TreeKind::none;
  uint32_t form_ = 0;
  T leaf_{};
  std::vector<Field> children_;
};

/// "a list of 2", "one value"... for messages.
CORNU_API std::string to_string(TreeKind kind, size_t size);

}  // namespace cornu

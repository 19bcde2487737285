// HDF5 files by paths.
#include "io/hdf5_reader.h"

#include <algorithm>
#include <functional>
#include <set>

#include "io/file.h"
#include "io/hdf5_file.h"

namespace cornu {

struct H5Reader::Impl {
  h5::File file;
  mutable std::map<uint64_t, std::vector<h5::Link>> groups;  // Decoded once each.

  const std::vector<h5::Link>& links(uint64_t address) const {
    auto found = groups.find(address);
    if (found == groups.end()) found = groups.emplace(address, file.links(file.object(address))).first;
    return found->second;
  }

  std::optional<uint64_t> find(std::string_view path) const {
    uint64_t at = file.root();
    for (size_t start = 0; start < path.size();) {
      const size_t end = std::min(path.find('/', start), path.size());
      const std::string_view name = path.substr(start, end - start);
      start = end + 1;
      if (name.empty()) continue;
      const auto& all = links(at);
      const auto it = std::find_if(all.begin(), all.end(), [&](const h5::Link& l) { return l.name == name; });
      if (it == all.end()) return std::nullopt;
      at = it->address;
    }
    return at;
  }

  std::vector<h5::Message> object(std::string_view path) const {
    const auto at = find(path);
    if (!at) file.fail(text("the file must have '{}', got none", path));
    return file.object(*at);
  }

  static bool is_group(const std::vector<h5::Message>& object) {
    return h5::find(object, h5::kSymbolTable) || h5::find(object, h5::kLinkInfo) || h5::find(object, h5::kLink);
  }
  static bool is_dataset(const std::vector<h5::Message>& object) {
    return h5::find(object, h5::kLayout) && h5::find(object, h5::kDatatype) && h5::find(object, h5::kDataspace);
  }

  std::vector<h5::Message> dataset(std::string_view path, h5::Type& type, h5::Space& space) const {
    std::vector<h5::Message> found = object(path);
    if (!is_dataset(found)) file.fail(text("'{}' must be a dataset, got something else", path));
    h5::Cursor c(h5::find(found, h5::kDatatype)->body, file.who(), "datatype");
    type = h5::parse_type(c);
    space = h5::parse_space({h5::find(found, h5::kDataspace)->body, file.who(), "dataspace"});
    // Keras stores bfloat16 as two opaque bytes with a note.
    if (type.name == "opaque" && type.size == 2)
      for (const h5::Attribute& a : attributes(found))
        if (a.name == "dtype" && file.attribute(a) == H5Data::of("bfloat16")) type.name = "bfloat16";
    return found;
  }

  std::vector<h5::Attribute> attributes(const std::vector<h5::Message>& object) const {
    std::vector<h5::Attribute> out;
    for (const h5::Message& m : object) {
      if (m.type == h5::kAttribute) out.push_back(h5::parse_attribute({m.body, file.who(), "attribute"}));
      if (m.type == h5::kAttributeInfo)
        for (const h5::Message& dense : file.dense_attributes({m.body, file.who(), "attributes"}))
          out.push_back(h5::parse_attribute({dense.body, file.who(), "attribute"}));
    }
    return out;
  }
};

H5Reader::H5Reader(std::string bytes, std::string who, H5Limits limits)
    : impl_(new Impl{h5::File(std::move(bytes), std::move(who), limits), {}}) {}
H5Reader H5Reader::open(const std::string& path, H5Limits limits) { return {read_file(path), path, limits}; }
H5Reader::H5Reader(H5Reader&&) noexcept = default;
H5Reader::~H5Reader() = default;

bool H5Reader::has(std::string_view path) const { return impl_->find(path).has_value(); }
bool H5Reader::is_group(std::string_view path) const { return has(path) && Impl::is_group(impl_->object(path)); }
bool H5Reader::is_dataset(std::string_view path) const { return has(path) && Impl::is_dataset(impl_->object(path)); }

std::vector<std::string> H5Reader::children(std::string_view group) const {
  const auto at = impl_->find(group);
  if (!at) impl_->file.fail(text("the file must have '{}', got none", group));
  std::vector<std::string> out;
  for (const h5::Link& link : impl_->links(*at)) out.push_back(link.name);
  return out;
}

std::vector<std::string> H5Reader::datasets(std::string_view group) const {
  constexpr size_t kMost = 1000000, kDeepest = 200;
  std::vector<std::string> out;
  std::set<uint64_t> above;
  size_t visited = 0;
  const std::function<void(uint64_t, const std::string&)> visit = [&](uint64_t at, const std::string& path) {
    // Groups that share children can make a small file look endless.
    if (++visited > kMost) impl_->file.fail(text("an HDF5 file must have at most {} objects, got more", kMost));
    const auto object = impl_->file.object(at);
    if (Impl::is_dataset(object)) out.push_back(path);
    if (!Impl::is_group(object)) return;
    if (above.size() >= kDeepest)
      impl_->file.fail(text("HDF5 groups must be nested at most {} deep, got more", kDeepest));
    if (!above.insert(at).second) impl_->file.fail(text("an HDF5 group must not contain itself, got '{}'", path));
    for (const h5::Link& link : impl_->links(at))
      visit(link.address, path.empty() ? link.name : path + "/" + link.name);
    above.erase(at);
  };
  const auto at = impl_->find(group);
  if (!at) impl_->file.fail(text("the file must have '{}', got none", group));
  while (group.starts_with('/')) group.remove_prefix(1);
  while (group.ends_with('/')) group.remove_suffix(1);
  visit(*at, std::string(group));
  return out;
}

H5Info H5Reader::info(std::string_view dataset) const {
  h5::Type type;
  h5::Space space;
  impl_->dataset(dataset, type, space);
  return {type.name, space.dims, type.storage == h5::Storage::number ? type.size : 0, space.null};
}

H5Data H5Reader::read(std::string_view dataset) const {
  h5::Type type;
  h5::Space space;
  const auto object = impl_->dataset(dataset, type, space);
  return impl_->file.convert(type, space, impl_->file.raw_data(object, type, space));
}

std::vector<std::string> H5Reader::attribute_names(std::string_view path) const {
  std::vector<std::string> out;
  for (const h5::Attribute& a : impl_->attributes(impl_->object(path))) out.push_back(a.name);
  return out;
}

std::optional<H5Data> H5Reader::attribute(std::string_view path, std::string_view name) const {
  for (const h5::Attribute& a : impl_->attributes(impl_->object(path)))
    if (a.name == name) return impl_->file.attribute(a);
  return std::nullopt;
}

}  // namespace cornu

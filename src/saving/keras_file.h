// .keras archives: the members that Keras knows, and ours besides.
#pragma once
#include <cornu/saving.h>

#include "io/zip.h"

namespace cornu {

using Members = std::vector<std::pair<std::string, std::string>>;

/// metadata.json, config.json, model.weights.h5, then `extra`.
std::string keras_archive(const Model& model, const Members& extra = {});
/// The bytes of model.weights.h5; FileError says what a file without it is.
std::string weights_member(const ZipReader& zip, const std::string& who);

}  // namespace cornu

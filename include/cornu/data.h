// Data: arrays from files, splits.
#pragma once
#include <cornu/tensor.h>

#include <map>
#include <string>

namespace cornu {

/// IDX, plain or gzipped (MNIST's format).
CORNU_API Tensor load_idx(const std::string& path);
CORNU_API Tensor load_npy(const std::string& path);
CORNU_API std::map<std::string, Tensor> load_npz(const std::string& path);
CORNU_API void save_npy(const std::string& path, const Tensor& t);
CORNU_API void save_npz(const std::string& path, const std::map<std::string, Tensor>& arrays);

}  // namespace cornu

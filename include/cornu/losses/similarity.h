// Losses of overlaps of areas, and of distances between embeddings.
#pragma once
#include <cornu/losses/loss.h>

namespace cornu::losses {

struct DiceConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "dice";
  std::optional<std::vector<int>> axis{};
};
/// 1 - 2 |y p| / (|y| + |p|), summed over `axis` (all if empty).
struct CORNU_API Dice : Loss {
  explicit Dice(DiceConfig config = {});
};

struct TverskyConfig {
  double alpha = 0.5;
  double beta = 0.5;
  Reduction reduction = "sum_over_batch_size";
  Text name = "tversky";
  std::optional<std::vector<int>> axis{};
};
/// 1 - |y p| / (|y p| + alpha |y (1 - p)| + beta |p (1 - y)|), summed over `axis` (all if empty).
struct CORNU_API Tversky : Loss {
  explicit Tversky(TverskyConfig config = {});
};

struct CircleConfig {
  double gamma = 80;
  double margin = 0.4;
  bool remove_diagonal = true;
  Reduction reduction = "sum_over_batch_size";
  Text name = "circle";
};
/// Circle loss of normalized embeddings p with class numbers y: pairs of one class are drawn together, others pushed
/// apart, each by how far it is from where it should be.
struct CORNU_API Circle : Loss {
  explicit Circle(CircleConfig config = {});
};

}  // namespace cornu::losses

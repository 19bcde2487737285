// Callbacks that write logs, and callbacks made of functions.
#pragma once
#include <cornu/callbacks/callback.h>

namespace cornu::callbacks {

struct CSVLoggerConfig {
  Text filename;
  Text separator = ",";
  bool append = false;  ///< To a file that is there already.
};
/// One line for each epoch.
CORNU_API std::shared_ptr<Callback> CSVLogger(CSVLoggerConfig config);

struct LambdaCallbackConfig {
  std::function<void(int64_t epoch)> on_epoch_begin{};
  std::function<void(int64_t epoch, Logs& logs)> on_epoch_end{};
  std::function<void()> on_train_begin{};
  std::function<void(const Logs& logs)> on_train_end{};
  std::function<void(int64_t batch)> on_train_batch_begin{};
  std::function<void(int64_t batch, const std::function<Logs()>& logs)> on_train_batch_end{};
};
CORNU_API std::shared_ptr<Callback> LambdaCallback(LambdaCallbackConfig config);

}  // namespace cornu::callbacks

// Signals and the checkpoint they ask for.
#include "cli/interrupt.h"

#include <cornu/model.h>
#include <cornu/saving.h>
#include <unistd.h>

#include <csignal>

#include "cli/command.h"

namespace cornu::cli {
namespace {

volatile std::sig_atomic_t asked = 0;

void on_signal(int) {
  if (asked) _exit(kInterrupted);
  asked = 1;
}

struct CheckpointOnInterrupt final : Callback {
  std::string path, data;
  int64_t epoch = 0;
  CheckpointOnInterrupt(std::string p, std::string d) : path(std::move(p)), data(std::move(d)) {}
  void on_epoch_begin(int64_t e) override { epoch = e; }
  void on_safe_point() override {
    if (!asked) return;
    save_checkpoint(*model, path);
    throw Interrupted{epoch + 1};
  }
  Value state() const override {
    Value v = Value::object();
    v["epoch"] = epoch;
    v["data"] = data;
    return v;
  }
  void set_state(const Value& v, const std::vector<Tensor>&) override {
    if (v.at("data").as_string() != data)
      throw UsageError(text("'{}' is of a training on other data, or with another --seed or other parts", path));
    epoch = v.at("epoch").as_int();
  }
};

}  // namespace

InterruptScope::InterruptScope() {
  asked = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}
InterruptScope::~InterruptScope() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool interrupt_asked() { return asked != 0; }

std::shared_ptr<Callback> checkpoint_on_interrupt(const std::string& path, const std::string& data) {
  return std::make_shared<CheckpointOnInterrupt>(path, data);
}

}  // namespace cornu::cli

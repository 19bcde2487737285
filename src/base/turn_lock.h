// A lock that many may read under, and whose waiters get their turn.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace cornu {

/// Shared by readers, or one thread's alone, which may take it again, in either way. Who releases it and takes it again
/// at once, as training does between its steps, comes behind those who wait: writers in their order, and all readers
/// that came meanwhile. std::shared_mutex promises nothing of the kind, and lets such a thread starve the others.
class TurnLock {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    if (mine()) {
      ++depth_;
      return;
    }
    const uint64_t ticket = next_ticket_++;
    changed_.wait(guard, [&] { return serving_ == ticket && depth_ == 0 && readers_ == 0 && admitted_ == 0; });
    owner_ = std::this_thread::get_id();
    depth_ = 1;
  }
  void unlock() {
    const std::lock_guard guard(mutex_);
    if (--depth_ > 0) return;
    ++serving_;
    admitted_ = waiting_readers_;
    if (admitted_ || serving_ != next_ticket_) changed_.notify_all();
  }
  void lock_shared() {
    std::unique_lock guard(mutex_);
    if (mine()) {
      ++depth_;
      return;
    }
    if (depth_ > 0 || serving_ != next_ticket_) {
      ++waiting_readers_;
      changed_.wait(guard, [&] { return depth_ == 0 && (admitted_ > 0 || serving_ == next_ticket_); });
      --waiting_readers_;
      if (admitted_ > 0) --admitted_;
    }
    ++readers_;
  }
  void unlock_shared() {
    const std::lock_guard guard(mutex_);
    if (mine()) {
      --depth_;  // the first one was lock()
      return;
    }
    if (--readers_ == 0 && serving_ != next_ticket_) changed_.notify_all();
  }

 private:
  bool mine() const { return depth_ > 0 && owner_ == std::this_thread::get_id(); }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread::id owner_;
  int depth_ = 0;  ///< Of the owner, if there is one.
  int readers_ = 0, waiting_readers_ = 0;
  int admitted_ = 0;                        ///< Waiting readers that go before the next writer.
  uint64_t next_ticket_ = 0, serving_ = 0;  ///< Of writers: the next one's, and whose turn it is.
};

}  // namespace cornu

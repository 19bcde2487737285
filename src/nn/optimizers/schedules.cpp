// Learning-rate schedules.
#include <cornu/ops.h>
#include <cornu/optimizers.h>

#include "nn/registry.h"

namespace cornu {

template <>
Registry<ScheduleImpl>& registry<ScheduleImpl>() {
  static auto* r = new Registry<ScheduleImpl>;
  return *r;
}
template std::shared_ptr<ScheduleImpl> make_configurable<ScheduleImpl>(const Value&);
template Value serialize<ScheduleImpl>(const ScheduleImpl*);

}  // namespace cornu

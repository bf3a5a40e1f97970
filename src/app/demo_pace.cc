#include "app/demo_pace.h"

#include <algorithm>

namespace kgrca::app {
namespace {

struct Part {
  double begin_s;  // from the start of the stream
  double end_s;
  double share;    // of the whole time
};
constexpr Part parts[] = {{0, 238, 0.15}, {238, 568, 0.70}, {568, 1352, 0.15}};

}  // namespace

double DemoPace::seconds_at(core::Time due) const {
  const double at = core::to_seconds(due - first_);
  double share = 0;
  for (const Part& part : parts) {
    const double passed = (at - part.begin_s) / (part.end_s - part.begin_s);
    share += part.share * std::clamp(passed, 0.0, 1.0);
  }
  // What a longer stream has left comes at once.
  return share * total_seconds_;
}

}  // namespace kgrca::app

// Sends a planned stream and counts what the server said.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/api_client.h"
#include "app/replay.h"

namespace kgrca::app {

struct Tally {
  std::size_t sent = 0;
  std::size_t accepted = 0;
  std::size_t duplicates = 0;
  std::size_t rejected = 0;
  std::size_t unused = 0;
  std::vector<std::string> reasons;  // the first rejections
};

// The shift of an earlier run: where the server has one of the stream's Kubernetes events, by how much its time differs.
// Nothing when it has none, or the key may not read.
std::optional<std::chrono::seconds> earlier_shift(ApiClient& client, const ReplayPlan& plan);

struct Sending {
  double speed = 0;                             // 0: as fast as possible
  // Seconds from the start at which the part of the stream that arrived by then is due; empty: as `speed` says.
  std::function<double(core::Time)> pace;
  std::chrono::seconds shift{0};
  // After each request, with the arrival time of its last record; may be empty.
  std::function<void(const Tally&, core::Time)> on_sent;
};

// Waits and sends again while the server is busy or restarting; a body in which nothing is valid is counted and passed over.
core::Status send_plan(ApiClient& client, const ReplayPlan& plan, const Sending& sending, Tally& tally);

}  // namespace kgrca::app

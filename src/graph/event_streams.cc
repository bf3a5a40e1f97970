#include "graph/event_streams.h"

namespace kgrca::graph {
namespace {

class MergedStream final : public EventStream {
 public:
  explicit MergedStream(std::vector<std::unique_ptr<EventStream>> streams) : streams_(std::move(streams)) {
    for (auto& stream : streams_) heads_.push_back(stream->next());
  }
  std::optional<core::EventKey> next() override {
    std::optional<core::EventKey> best;
    for (const auto& head : heads_) {
      if (head && (!best || *head > *best)) best = head;
    }
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      if (best && heads_[i] == best) heads_[i] = streams_[i]->next();
    }
    return best;
  }
  core::Status status() const override {
    for (const auto& stream : streams_) {
      if (!stream->status().ok()) return stream->status();
    }
    return core::ok_status();
  }

 private:
  std::vector<std::unique_ptr<EventStream>> streams_;
  std::vector<std::optional<core::EventKey>> heads_;
};

}  // namespace

std::unique_ptr<EventStream> merged_stream(std::vector<std::unique_ptr<EventStream>> streams) {
  return std::make_unique<MergedStream>(std::move(streams));
}

}  // namespace kgrca::graph

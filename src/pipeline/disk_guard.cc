#include "pipeline/disk_guard.h"

#include <algorithm>
#include <optional>

#include "kgrca/core/strings.h"

namespace kgrca::pipeline {
namespace {

using store::DiskLevel;

constexpr std::array<const char*, 3> reasons{"disk_logs", "disk_samples", "disk_normal_events"};

// The level from which on the record is refused here; nothing for those that only the store refuses.
std::optional<DiskLevel> refused_from(const model::Record& record) {
  if (std::holds_alternative<model::Sample>(record)) return DiskLevel::no_samples;
  const auto* event = std::get_if<model::Event>(&record);
  if (event == nullptr || event->source == model::EventSource::alert) return std::nullopt;
  if (event->source == model::EventSource::log) return DiskLevel::no_logs;
  return event->severity < model::Severity::warning ? std::optional(DiskLevel::no_normal_events) : std::nullopt;
}

}  // namespace

DiskGuard::DiskGuard(core::Metrics& metrics) {
  for (std::size_t i = 0; i < reasons.size(); ++i)
    refused_[i] = &metrics.counter("kgrca_drops_total", "Records refused; their senders were told.", {{"reason", reasons[i]}});
}

core::Status DiskGuard::sort_out(DiskLevel level, Submission& submission) {
  if (level == DiskLevel::plenty) return core::ok_status();
  std::size_t refused = 0;
  std::erase_if(submission.records, [&](const model::Record& record) {
    const std::optional<DiskLevel> from = refused_from(record);
    if (!from || level < *from) return false;
    refused_[static_cast<std::size_t>(*from) - 1]->add();
    ++refused;
    return true;
  });
  if (refused == 0) return core::ok_status();
  return core::unavailable(core::cat("the disk is filling up: ", refused, " records of the least wanted kinds were not stored",
                                     submission.records.empty() ? "" : ", the others were", "; send all again after the Retry-After time"));
}

}  // namespace kgrca::pipeline

#include "pipeline/event_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kgrca/core/log.h"

namespace kgrca::pipeline {
namespace {

constexpr std::size_t generation_max = 200'000;

}  // namespace

bool worth_keeping(const model::Event& event) {
  return event.severity >= model::Severity::warning || event.source == model::EventSource::alert ||
         event.source == model::EventSource::state;
}

EventTable::EventTable(store::TenantView view, core::Time newest, std::size_t capacity)
    : view_(view), capacity_(capacity), recent_from_(newest), complete_from_(newest), newest_(newest) {}

bool EventTable::may_be_stored(core::EventKey key, const model::Event& event) const {
  if (event.count > 1 || event.last != event.first) return true;
  if (event.source == model::EventSource::alert || event.source == model::EventSource::state) return true;
  return event.last <= complete_from_ || recent_.contains(key.hash) || former_.contains(key.hash);
}

void EventTable::remember(core::EventKey key, const model::Event& event) {
  if (recent_.size() >= generation_max) {
    former_ = std::exchange(recent_, {});
    complete_from_ = std::exchange(recent_from_, newest_);
  }
  recent_.insert(key.hash);
  newest_ = std::max(newest_, event.last);
}

core::StatusOr<TableEntry*> EventTable::known(core::EventKey key, const model::Event& event) {
  const bool ask = may_be_stored(key, event);
  remember(key, event);
  if (ask) return load(key);
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second.get();
}

core::StatusOr<TableEntry*> EventTable::load(core::EventKey key) {
  if (auto found = entries_.find(key); found != entries_.end()) {
    order_.splice(order_.end(), order_, found->second->place);
    return found->second.get();
  }
  if (TableEntry* entry = take_passing(key)) return entry;
  KGRCA_ASSIGN_OR_RETURN(auto value, view_.snapshot().get(store::keys::event(key)));
  if (!value) return nullptr;
  std::optional<graph::StoredEvent> stored = decode(key, *value);
  return stored ? &place(*std::move(stored)) : nullptr;
}

std::optional<graph::StoredEvent> EventTable::decode(core::EventKey key, std::string_view value) {
  core::StatusOr<graph::StoredEvent> stored = graph::decode_event(key, value);
  if (stored.ok()) return *std::move(stored);
  ++damaged_;
  const std::string id = core::to_string(key);
  const std::string reason = core::message_of(stored.status());
  core::log(core::LogLevel::error, "event_damaged",
            {{"tenant", static_cast<std::int64_t>(view_.tenant())}, {"event", std::string_view(id)}, {"reason", std::string_view(reason)}});
  return std::nullopt;
}

TableEntry& EventTable::insert(graph::StoredEvent event, std::size_t submission) {
  TableEntry& entry = place(std::move(event));
  entry.is_new = true;
  touch(entry, submission);
  return entry;
}

void EventTable::pass(graph::EventRecord record, const model::Event& event, std::size_t submission) {
  passing_places_.emplace(record.key, passing_.size());
  passing_.push_back({std::move(record), &event, submission});
}

// Somebody asks for it after all.
TableEntry* EventTable::take_passing(core::EventKey key) {
  const auto found = passing_places_.find(key);
  if (found == passing_places_.end()) return nullptr;
  Passing& passing = passing_[found->second];
  graph::StoredEvent stored;
  static_cast<graph::EventRecord&>(stored) = std::move(passing.record);
  stored.event = *std::exchange(passing.event, nullptr);
  passing_places_.erase(found);
  return &insert(std::move(stored), passing.submission);
}

void EventTable::touch(TableEntry& entry, std::size_t submission) {
  if (entry.dirty) return;
  entry.dirty = true;
  entry.submission = submission;
  dirty_.push_back(&entry);
}

std::optional<std::size_t> EventTable::brought_by(core::EventKey key) const {
  if (const auto passing = passing_places_.find(key); passing != passing_places_.end()) return passing_[passing->second].submission;
  const auto entry = entries_.find(key);
  return entry != entries_.end() && entry->second->is_new ? std::optional(entry->second->submission) : std::nullopt;
}

TableEntry& EventTable::place(graph::StoredEvent event) {
  const core::EventKey key = event.key;
  auto entry = std::make_unique<TableEntry>();
  entry->stored = std::move(event);
  entry->place = order_.insert(order_.end(), key);
  return *(entries_[key] = std::move(entry));
}

void EventTable::drop(core::EventKey key) {
  auto found = entries_.find(key);
  order_.erase(found->second->place);
  entries_.erase(found);
}

void EventTable::flush(graph::RecordWriter& writer, std::uint64_t sequence) {
  for (TableEntry* entry : dirty_) {
    entry->stored.sequence = sequence;
    const bool is_new = std::exchange(entry->is_new, false);
    entry->dirty = false;
    entry->stored.counted = writer.put_event(entry->stored, is_new);
    if (!worth_keeping(entry->stored.event)) drop(entry->stored.key);
  }
  dirty_.clear();
  for (Passing& passing : passing_) {
    if (passing.event == nullptr) continue;
    passing.record.sequence = sequence;
    writer.put_new_event(passing.record, *passing.event);
  }
  passing_.clear();
  passing_places_.clear();
  while (order_.size() > capacity_) drop(order_.front());
}

}  // namespace kgrca::pipeline

#include <algorithm>
#include <map>

#include "graph/event_codec.h"
#include "graph/incident_counts.h"
#include "graph/postings.h"
#include "graph/record_counts.h"
#include "graph/run_links.h"
#include "graph/small_values.h"
#include "kgrca/core/hash.h"
#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

// `before`: as the store lists it; null when it is new there. A severity or reason that is gone stays listed: readers look at
// the record.
void list_event(PostingWriter& postings, const EventRecord& record, const model::Event& event, const Counted* before) {
  if (before == nullptr && record.resource) postings.add({Term::resource, record.resource.value}, record.key);
  const model::Severity severity = event.severity;
  if (severity < model::Severity::warning) return;
  const std::uint64_t reason = core::stable_hash64(event.reason);
  if (before == nullptr || before->severity != severity)
    postings.add({Term::severity, static_cast<std::uint64_t>(severity)}, record.key);
  if (before == nullptr || before->reason != reason || before->severity < model::Severity::warning)
    postings.add({Term::reason, reason}, record.key);
}

void put_incident_keys(store::Batch& batch, const model::Incident& incident, const std::vector<core::EventKey>& members) {
  const std::string id = encode_id(incident.id.value);
  batch.put(keys::incident(incident.id), encode_incident(incident));
  batch.put(keys::incident_listed(incident.opened, incident.id), {});
  for (const core::EventKey member : members) batch.put(keys::incident_of_event(member), id);
  for (const core::IncidentId alias : incident.aliases) {
    batch.put(keys::incident(alias), encode_incident_alias(incident.id));
    batch.erase(keys::incident_listed(incident.opened, alias));
  }
}

// As stored before the batch. What cannot be decoded counts as gone, as damaged events do, or it would stop its tenant for ever.
core::StatusOr<std::optional<RunLinks>> links_before(const store::TenantView& view, core::EventKey run) {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, view.snapshot().get(keys::run_links(run)));
  if (!value) return std::optional<RunLinks>{};
  core::StatusOr<RunLinks> decoded = decode_run_links(run, *value);
  if (decoded.ok()) return std::optional(*std::move(decoded));
  const std::string id = core::to_string(run);
  core::log(core::LogLevel::error, "links_damaged",
            {{"tenant", static_cast<std::int64_t>(view.tenant())}, {"event", std::string_view(id)}});
  return std::optional(RunLinks{});
}

}  // namespace

std::uint64_t logical_bytes(const model::Event& event) {
  const auto of_ref = [](const model::ResourceRef& ref) {
    return ref.cluster.size() + ref.kind.size() + ref.ns.size() + ref.name.size() + ref.uid.size();
  };
  std::uint64_t bytes = 96 + event.source_id.size() + of_ref(event.subject) + event.type.size() + event.reason.size() +
                        event.message.size() + event.component.size();
  for (const model::ResourceRef& ref : event.related) bytes += 8 + of_ref(ref);
  for (const model::FieldChange& change : event.changes) bytes += change.path.size() + change.before.size() + change.after.size();
  for (const auto& [name, value] : event.attributes) bytes += name.size() + value.size();
  return bytes;
}

Counted counted_of(const EventRecord& record, const model::Event& event) {
  Counted counted;
  counted.severity = event.severity;
  counted.late = record.late;
  counted.reason = core::stable_hash64(event.reason);
  counted.type = event.type;
  counted.bytes = logical_bytes(event);
  return counted;
}

struct RecordWriter::Impl {
  struct Record {
    core::EventKey key;
    std::size_t begin = 0;  // in `bytes`
    std::size_t size = 0;
  };
  struct RunRecord {
    RunLinks now;
    bool is_new = false;
  };
  struct IncidentRecord {
    model::Incident incident;
    std::vector<core::EventKey> new_members;
  };

  void put_record(const EventRecord& record, const model::Event& event) {
    const std::size_t begin = bytes.size();
    append_event(record, event, bytes);
    records.push_back({record.key, begin, bytes.size() - begin});
  }
  void put_run(core::EventKey run, RunLinks now, bool is_new) {
    const auto [record, first] = runs.try_emplace(run);
    if (first) record->second.is_new = is_new;
    record->second.now = std::move(now);
  }
  core::Status write_runs(store::Batch& batch, const store::TenantView& view) {
    for (const auto& [run, record] : runs) {
      std::optional<RunLinks> before;
      if (!record.is_new) {
        KGRCA_ASSIGN_OR_RETURN(before, links_before(view, run));
      }
      if (before) counts.remove_links(before->links);
      counts.add_links(record.now.links);
      for (const core::EventKey cause : listed_causes(record.now.links)) postings.add({Term::cause, cause.hash}, run);
      if (!record.now.empty()) batch.put(keys::run_links(run), encode_run_links(record.now));
      else if (before) batch.erase(keys::run_links(run));
    }
    return core::ok_status();
  }
  // Their keys and what the counts change by.
  core::Status write_incidents(store::Batch& batch, const store::TenantView& view) const {
    if (incidents.empty()) return core::ok_status();
    IncidentCounts incident_counts(view.snapshot());
    for (const IncidentRecord& record : incidents) {
      put_incident_keys(batch, record.incident, record.new_members);
      KGRCA_RETURN_IF_ERROR(incident_counts.put(record.incident));
    }
    incident_counts.write(batch);
    return core::ok_status();
  }

  std::vector<Record> records;
  std::string bytes;  // of all records
  std::map<core::EventKey, RunRecord> runs;
  std::vector<IncidentRecord> incidents;
  RecordCounts counts;
  core::StringSet named_types;
  PostingWriter postings;
};

RecordWriter::RecordWriter() : impl_(std::make_unique<Impl>()) {}
RecordWriter::RecordWriter(RecordWriter&&) noexcept = default;
RecordWriter& RecordWriter::operator=(RecordWriter&&) noexcept = default;
RecordWriter::~RecordWriter() = default;

core::Status RecordWriter::load(const store::Snapshot& snapshot) {
  KGRCA_ASSIGN_OR_RETURN(impl_->named_types, counted_types(snapshot));
  return impl_->postings.load(snapshot);
}

Counted RecordWriter::put_event(const StoredEvent& event, bool is_new) {
  impl_->put_record(event, event.event);
  Counted counted = counted_of(event, event.event);
  if (!is_new) impl_->counts.remove(event.counted);
  impl_->counts.add(counted);
  list_event(impl_->postings, event, event.event, is_new ? nullptr : &event.counted);
  return counted;
}

void RecordWriter::put_new_event(const EventRecord& record, const model::Event& event) {
  impl_->put_record(record, event);
  impl_->counts.add(counted_of(record, event));
  list_event(impl_->postings, record, event, nullptr);
}

void RecordWriter::put_links(core::EventKey run, std::vector<model::Link> links, bool is_new) {
  impl_->put_run(run, {{}, std::move(links)}, is_new);
}

void RecordWriter::put_part(core::EventKey run, core::EventKey whole) { impl_->put_run(run, {whole, {}}, false); }

void RecordWriter::put_incident(const model::Incident& incident, const std::vector<core::EventKey>& new_members) {
  for (Impl::IncidentRecord& known : impl_->incidents) {
    if (known.incident.id != incident.id) continue;
    known.incident = incident;
    known.new_members.insert(known.new_members.end(), new_members.begin(), new_members.end());
    return;
  }
  impl_->incidents.push_back({incident, new_members});
}

core::Status RecordWriter::write(store::Batch& batch, std::uint64_t sequence, const store::TenantView& view) {
  auto& records = impl_->records;
  std::sort(records.begin(), records.end(), [](const Impl::Record& a, const Impl::Record& b) { return a.key < b.key; });
  const auto same = [](const Impl::Record& a, const Impl::Record& b) { return a.key == b.key; };
  const auto twice = std::adjacent_find(records.begin(), records.end(), same);
  if (twice != records.end())
    return core::internal_error(core::cat("event ", core::to_string(twice->key), " was put twice into one batch"));
  const std::string_view bytes = impl_->bytes;
  for (const Impl::Record& record : records) batch.put(keys::event(record.key), bytes.substr(record.begin, record.size));
  KGRCA_RETURN_IF_ERROR(impl_->write_runs(batch, view));
  impl_->postings.write(batch, sequence);
  KGRCA_RETURN_IF_ERROR(impl_->write_incidents(batch, view));
  impl_->counts.write(batch, impl_->named_types);
  records.clear();
  impl_->bytes.clear();
  impl_->runs.clear();
  impl_->incidents.clear();
  return core::ok_status();
}

bool RecordWriter::merge_due() const { return impl_->postings.merge_due(); }

core::Status RecordWriter::merge_listings(const store::Snapshot& snapshot, store::Batch& batch) {
  return core::with_context(impl_->postings.merge(snapshot, batch), "merging listings");
}

}  // namespace kgrca::graph

#include <algorithm>
#include <vector>

#include "graph/checker.h"
#include "graph/postings.h"
#include "graph/run_links.h"
#include "kgrca/core/bytes.h"
#include "kgrca/core/hash.h"
#include "kgrca/core/strings.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;
using store::Family;

std::uint64_t hash_of(core::EventKey key) { return core::combine_hash(key.time_us, key.hash); }
std::uint64_t hash_of(const Posting& posting) {
  const auto term = static_cast<std::uint64_t>(static_cast<unsigned char>(posting.under.term));
  return core::combine_hash(core::combine_hash(hash_of(posting.event), term), posting.under.value);
}

// Under what an event has to be listed; a severity, reason or cause that it had before may stay listed too.
std::vector<TermValue> expected_terms(const StoredEvent& stored, const std::vector<model::Link>& links) {
  std::vector<TermValue> out;
  for (const core::EventKey cause : listed_causes(links)) out.push_back({Term::cause, cause.hash});
  if (stored.resource) out.push_back({Term::resource, stored.resource.value});
  if (stored.event.severity < model::Severity::warning) return out;
  out.push_back({Term::severity, static_cast<std::uint64_t>(stored.event.severity)});
  out.push_back({Term::reason, core::stable_hash64(stored.event.reason)});
  return out;
}

std::string shown(TermValue under) {
  switch (under.term) {
    case Term::resource: return core::cat("its resource ", keys::shown(keys::resource({under.value})));
    case Term::severity: return core::cat("its severity ", under.value);
    case Term::reason: return "its reason";
    case Term::cause: return "one of its causes";
  }
  return "";
}

}  // namespace

// The postings of some of the events, as hashes in order, so that memory is bounded whatever the store holds.
struct Checker::Postings {
  struct Entry {
    std::uint64_t event = 0;
    std::uint64_t posting = 0;
    auto operator<=>(const Entry&) const = default;
  };
  std::vector<Entry> entries;
  std::vector<bool> of_stored;  // the event is stored
  std::uint64_t parts = 1;
  std::uint64_t part = 0;

  bool has(core::EventKey key) const { return hash_of(key) % parts == part; }
  auto range(core::EventKey key) {
    const std::uint64_t event = hash_of(key);
    const auto less = [](const Entry& entry, std::uint64_t hash) { return entry.event < hash; };
    const auto more = [](std::uint64_t hash, const Entry& entry) { return hash < entry.event; };
    return std::pair(std::lower_bound(entries.begin(), entries.end(), event, less),
                     std::upper_bound(entries.begin(), entries.end(), event, more));
  }
  bool lists(const Posting& posting) const {
    return std::binary_search(entries.begin(), entries.end(), Entry{hash_of(posting.event), hash_of(posting)});
  }
};

// In rounds: the postings of a part of the events are gathered, then the events of that part are looked up in them.
void Checker::check_postings() {
  std::uint64_t total = 0;
  each_posting(true, [&](const Posting&, Family, std::string_view) { ++total; });
  Postings postings;
  postings.parts = total / std::max<std::uint64_t>(1, limits_.memory_bytes / 2 / sizeof(Postings::Entry)) + 1;
  for (postings.part = 0; postings.part < postings.parts; ++postings.part) check_part(postings);
}

void Checker::check_part(Postings& postings) {
  postings.entries.clear();
  each_posting(false, [&](const Posting& posting, Family, std::string_view) {
    if (postings.has(posting.event)) postings.entries.push_back({hash_of(posting.event), hash_of(posting)});
  });
  std::sort(postings.entries.begin(), postings.entries.end());
  postings.of_stored.assign(postings.entries.size(), false);
  for (store::Scan scan = snapshot_.scan(keys::events()); scan.valid(); scan.next()) {
    const core::EventKey key = keys::event_of(scan.key());
    if (!postings.has(key)) continue;
    const auto [first, last] = postings.range(key);
    for (auto entry = first; entry != last; ++entry) postings.of_stored[static_cast<std::size_t>(entry - postings.entries.begin())] = true;
    const core::StatusOr<StoredEvent> stored = decode_event(key, scan.value());
    if (stored.ok()) check_listed(*stored, postings);
  }
  if (std::find(postings.of_stored.begin(), postings.of_stored.end(), false) == postings.of_stored.end()) return;
  each_posting(false, [&](const Posting& posting, Family family, std::string_view key) {
    if (posting.event.time() < cutoffs_.normal || !postings.has(posting.event)) return;
    const auto [first, last] = postings.range(posting.event);
    const bool stored = first != last && postings.of_stored[static_cast<std::size_t>(first - postings.entries.begin())];
    if (!stored && !exists(keys::event(posting.event)))
      find("posting_without_event", family, key, core::cat("it lists ", core::to_string(posting.event), ", which is not stored"));
  });
}

void Checker::check_listed(const StoredEvent& stored, const Postings& postings) {
  std::vector<model::Link> links;
  if (stored.run == stored.key) {
    auto run = read_run_links(snapshot_, stored.key);  // check_run() names what cannot be read
    if (run.ok() && *run) links = std::move((*run)->links);
  }
  for (const TermValue under : expected_terms(stored, links)) {
    if (postings.lists({under, stored.key})) continue;
    if (under.term == Term::resource && listed_under_former_id(stored, postings)) continue;
    find("posting_missing", keys::event(stored.key), core::cat("it is not listed under ", shown(under)));
  }
}

// An event that came before its resource was merged stays listed under the former id.
bool Checker::listed_under_former_id(const StoredEvent& stored, const Postings& postings) {
  const std::optional<ResourceRecord> found = record(stored.resource);
  if (!found) return false;
  if (found->aliases.size() >= resource_aliases_max) return true;  // it may be one that is not kept
  return std::any_of(found->aliases.begin(), found->aliases.end(), [&](core::ResourceId alias) {
    return postings.lists({{Term::resource, alias.value}, stored.key});
  });
}

// Calls fn(posting, family, key that holds it). `report`: what cannot be read is a finding.
void Checker::each_posting(bool report, const PostingFn& fn) {
  store::Scan blocks = snapshot_.scan(keys::whole(Family::index));
  for (; blocks.valid(); blocks.next()) {
    const std::string_view key = blocks.key();
    if (!keys::is_key(Family::index, key)) {
      if (report) find("malformed_key", Family::index, key, "no kind of key looks like this");
      continue;
    }
    const keys::PostingsKey place = keys::postings_of(key);
    const auto events = decode_posting_block(place.earliest, blocks.value());
    if (!events.ok()) {
      if (report) find("undecodable", Family::index, key, core::message_of(events.status()));
      continue;
    }
    for (const core::EventKey event : *events) fn({{place.term, place.value}, event}, Family::index, key);
  }
  if (report) finish(blocks, Family::index);
  each_unmerged_posting(report, fn);
}

void Checker::each_unmerged_posting(bool report, const PostingFn& fn) {
  std::uint64_t merged = 0;
  if (const std::optional<std::string> value = get(keys::merged_postings())) {
    core::BytesReader in(*value);
    merged = in.fixed64();
    if (report && (!in.ok() || !in.at_end())) find("undecodable", keys::merged_postings(), "it names no batch");
  }
  store::Scan batches = snapshot_.scan(keys::batch_postings(), keys::batch_postings(merged + 1));
  for (; batches.valid(); batches.next()) {
    const auto rows = PostingRows::parse(batches.value());
    if (!rows.ok()) {
      if (report) find("undecodable", Family::meta, batches.key(), core::message_of(rows.status()));
      continue;
    }
    for (std::size_t i = 0; i < rows->size(); ++i) fn(rows->at(i), Family::meta, batches.key());
  }
  if (report) finish(batches, Family::meta);
}

}  // namespace kgrca::graph

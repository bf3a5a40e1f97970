#include <cstring>

#include "kgrca/store/keys.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace kgrca;
namespace keys = store::keys;

void read_back(std::string_view bytes) {
  (void)keys::event_of(bytes);
  (void)keys::postings_of(bytes);
  (void)keys::seq_of_batch_postings(bytes);
  (void)keys::incident_of_listing(bytes);
  (void)keys::opened_of_listing(bytes);
  (void)keys::resource_of_name_key(bytes);
  (void)keys::name_key_of(bytes);
  (void)keys::resource_of_key(bytes);
  (void)keys::time_of_state_key(bytes);
  (void)keys::edge_of(bytes);
  (void)keys::name_of_count(bytes);
}

bool begins_with(const store::Key& key, const store::Key& prefix) {
  return key.bytes().compare(0, prefix.bytes().size(), prefix.bytes()) == 0;
}

void names(std::string_view text) {
  const std::size_t half = text.size() / 2;
  const std::string_view kind = text.substr(0, half);
  const std::string_view rest = text.substr(half);
  const core::ResourceId id{0x0102030405060708};
  const store::Key key = keys::resource_by_name(kind, rest, text, id);
  fuzz::require(begins_with(key, keys::resources_by_kind(kind)), "a name's key lies under its kind");
  fuzz::require(begins_with(key, keys::resources_by_kind(kind, rest)), "a name's key lies under its namespace");
  fuzz::require(keys::resource_of_name_key(key.bytes()) == id, "a name's key gives its resource back");
  fuzz::require(keys::name_of_count(keys::count(text).bytes()) == text, "a count's key gives its name back");
}

void numbers(const std::uint8_t* data) {
  std::uint64_t word[4];
  std::memcpy(word, data, sizeof word);
  const core::EventKey first{word[0], word[1]};
  const core::EventKey second{word[2], word[3]};
  fuzz::require(keys::event_of(keys::event(first).bytes()) == first, "an event's key gives the event back");
  fuzz::require((first < second) == (keys::event(first).bytes() < keys::event(second).bytes()), "events are ordered as their keys are");
  const core::Time from = core::from_micros(static_cast<std::int64_t>(word[2] >> 2));
  const store::Key edge = keys::open_edge((word[3] & 1) != 0, {word[0]}, static_cast<std::uint8_t>(word[3] >> 8), {word[1]}, from);
  const keys::EdgeKey read = keys::edge_of(edge.bytes());
  const bool same = read.id.value == word[0] && read.other.value == word[1] && read.from == from && !read.closed;
  fuzz::require(same, "an edge's key gives the edge back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read_back(text);
  names(text);
  if (size >= 32) numbers(data);
  return 0;
}

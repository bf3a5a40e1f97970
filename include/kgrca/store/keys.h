// The key grammar: every key of the store is made here and nowhere else.
//
// A Key is relative to a tenant. The tenant number T (4 bytes, big-endian) is put before it by the TenantView that reads
// or writes it, so a key without a tenant cannot reach the database. Integers are big-endian; `~x` is the bitwise
// complement (newest first). R = resource id 8, E = event key 16 (time 8, hash 8), I = incident id 8. Times before 1970
// are stored as 1970. In the `l` key a NUL inside kind, namespace or name is stored as \x01, so that NUL only separates.
//
//   family    key after T                         value                                   read by
//   meta      'n' name                            tenant number                           operator: tenant by name
//   meta      't' T                               tenant record                           operator: list of tenants
//   meta      'k' key id                          API key record                          operator: key check
//   meta      'i' item                            store identity, format version          start
//   meta      'c' part 2                          engine checkpoint part                  restart
//   meta      'm' meter 2 hour 4                  u64 little-endian, add-merged           usage
//   meta      'f' minute 4 seq 8                  fingerprint block of one batch          dedupe
//   meta      'p' source                          source position                         exactly-once sources
//   meta      'g' name                            u64 little-endian, add-merged           counts by kind, type, relation
//   meta      'd' kind 1 name                     dictionary entry                        names of ids
//   meta      'v'                                 cut-offs of retention                   readers, retention
//   meta      'a' ~time 8 seq 4                   audit record                            audit
//   state     'r' R                               resource, present state                 resource by id
//   state     'w' R                               resource, former id or out of memory    resource by id, when 'r' has none
//   state     'h' R ~time 8                       resource, state that began at time      state as of t
//   state     'u' uid                             R                                       resource by uid alias
//   state     'l' kind \0 ns \0 name \0 R         empty                                   resources by kind, namespace, name
//   topology  d 1 R 0 relation 1 R' from 8        open edge                               neighbours now (d: 0 out, 1 in)
//   topology  d 1 R 1 relation 1 to 8 R' from 8   closed edge                             neighbours as of t
//   events    E                                   event record; names the run it is of    event by id, events by time
//   meta      'x' seq 8                           postings of one batch, all terms        newest events of a term
//   meta      'y'                                 seq of the last batch whose postings were merged into `index`
//   index     kind 1 term 8 ~E' 16 seq 8          events of a term; E' = the earliest     events of a term, newest first:
//             'r' R                                                                       events of a resource
//             's' severity                                                                WARNING+ by severity
//             'q' reason hash                                                             WARNING+ by reason
//             'e' hash of E(cause)                                                        effects of a cause
//   incidents 'o' ~opened 8 I                     empty                                   list, newest first
//   incidents 'i' I                               incident record                         incident by id (aliases too: value names the id)
//   incidents 'e' E                               I                                       incident of an event
//   incidents 'l' E                               links of the run that E begins          causes of an event
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "kgrca/core/ids.h"

namespace kgrca::store {

enum class Family : std::uint8_t { meta, state, topology, events, index, incidents };
inline constexpr int family_count = 6;

// Bytes after the tenant number. Made by the functions below only.
class Key {
 public:
  Family family() const { return family_; }
  const std::string& bytes() const { return bytes_; }
  auto operator<=>(const Key&) const = default;

 private:
  friend struct KeyBuilder;
  Key(Family family, std::string bytes) : family_(family), bytes_(std::move(bytes)) {}
  Family family_;
  std::string bytes_;
};

namespace keys {

using core::EventKey;
using core::IncidentId;
using core::ResourceId;

Key tenant_by_name(std::string_view name);
Key tenant_record(core::TenantNumber tenant);
Key tenant_records();  // prefix
Key api_key(std::string_view key_id);
Key api_keys();        // prefix
Key identity(std::string_view item);
Key checkpoint_part(std::uint16_t part);
Key checkpoint_parts();  // prefix
Key meter(std::uint16_t meter, std::uint32_t hour);
Key meters(std::uint16_t meter);  // prefix
Key fingerprints(std::uint32_t minute, std::uint64_t seq);
Key fingerprints_of_minute(std::uint32_t minute);  // prefix
Key fingerprints_all();                            // prefix
Key source_position(std::string_view source);
Key source_positions();  // prefix
Key count(std::string_view name);
Key counts(std::string_view name_prefix);  // prefix
Key dictionary(std::uint8_t kind, std::string_view name);
Key cutoffs();
Key audit(core::Time at, std::uint32_t seq);
Key audits();  // prefix

Key resource(ResourceId id);
Key resources();  // prefix
Key resource_away(ResourceId id);
Key resources_away();  // prefix
Key resource_state(ResourceId id, core::Time at);
Key resource_states(ResourceId id);  // prefix
Key resource_by_uid(std::string_view uid);
Key resource_by_name(std::string_view kind, std::string_view ns, std::string_view name, ResourceId id);
Key resources_by_kind(std::string_view kind);                      // prefix
Key resources_by_kind(std::string_view kind, std::string_view ns); // prefix
Key resources_by_name();                                           // prefix

Key open_edge(bool incoming, ResourceId id, std::uint8_t relation, ResourceId other, core::Time from);
Key open_edges(bool incoming, ResourceId id);  // prefix
Key closed_edge(bool incoming, ResourceId id, std::uint8_t relation, core::Time to, ResourceId other, core::Time from);
Key closed_edges(bool incoming, ResourceId id, std::uint8_t relation);  // prefix
Key closed_edges(bool incoming, ResourceId id);                         // prefix
Key edges(bool incoming, ResourceId id);                                // prefix: open ones, then closed ones

Key event(EventKey key);
Key events();  // prefix
Key events_from(core::Time at);  // first possible key at or after `at`

// What events are listed under. Stored as its letter; never change one.
enum class Term : char { resource = 'r', severity = 's', reason = 'q', cause = 'e' };
Key batch_postings(std::uint64_t seq);
Key batch_postings();  // prefix
Key merged_postings();
Key postings(Term term, std::uint64_t value, EventKey earliest, std::uint64_t seq);
Key postings(Term term, std::uint64_t value);  // prefix
Key postings();                                // prefix

Key incident_listed(core::Time opened, IncidentId id);
Key incidents_listed();  // prefix
Key incident(IncidentId id);
Key incident_of_event(EventKey key);
Key run_links(EventKey run);

// The first key after all keys that begin with `prefix`: the end for Batch::erase_range.
Key after(const Key& prefix);
// Prefix of all that the tenant has in a family.
Key whole(Family family);

// Whether the bytes have the shape of a key of this family.
bool is_key(Family family, std::string_view key_bytes);
// A key for people: "topology edge out R=00000000000000a1 open relation 2 R=00000000000000b2 2026-03-01T10:00:00.000000Z"; of bytes
// that are no key the family and "0x…".
std::string shown(Family family, std::string_view key_bytes);
inline std::string shown(const Key& key) { return shown(key.family(), key.bytes()); }

// Reading keys back. REQUIRES: bytes of the right shape (they come from a scan of that prefix); empty ids otherwise.
EventKey event_of(std::string_view key_bytes);                       // events
std::uint64_t seq_of_batch_postings(std::string_view key_bytes);     // meta 'x'
struct PostingsKey {
  Term term = Term::resource;
  std::uint64_t value = 0;
  EventKey earliest;
};
PostingsKey postings_of(std::string_view key_bytes);                 // index
IncidentId incident_of_listing(std::string_view key_bytes);          // incidents 'o'
IncidentId incident_of_key(std::string_view key_bytes);              // incidents 'i'
core::Time opened_of_listing(std::string_view key_bytes);
ResourceId resource_of_name_key(std::string_view key_bytes);         // state 'l'
struct NameKey {                                                     // views into the key
  std::string_view kind;
  std::string_view ns;
  std::string_view name;
  ResourceId id;
};
NameKey name_key_of(std::string_view key_bytes);                     // state 'l'
ResourceId resource_of_key(std::string_view key_bytes);              // state 'r', 'w'
ResourceId resource_of_state_key(std::string_view key_bytes);        // state 'h'
core::Time time_of_state_key(std::string_view key_bytes);            // state 'h'
struct EdgeKey {
  bool incoming = false;
  bool closed = false;
  ResourceId id;
  std::uint8_t relation = 0;
  ResourceId other;
  core::Time from{};
  core::Time to{};  // closed edges only
};
EdgeKey edge_of(std::string_view key_bytes);                         // topology
struct AuditKey {
  core::Time at{};
  std::uint32_t seq = 0;
};
AuditKey audit_of(std::string_view key_bytes);                       // meta 'a'
std::string_view name_of_count(std::string_view key_bytes);          // meta 'g'

}  // namespace keys
}  // namespace kgrca::store

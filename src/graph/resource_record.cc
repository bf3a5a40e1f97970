#include "graph/resource_record.h"

#include "graph/codec.h"
#include "graph/state_codec.h"

namespace kgrca::graph {
namespace {

enum Flag : std::uint8_t { alias = 1, stated = 2, deleted = 4, trimmed = 16, with_state = 32 };
enum VersionFlag : std::uint8_t { same_as_next = 1, ends = 2, with_given = 4 };

std::uint8_t bit(bool set, std::uint8_t flag) { return set ? flag : 0; }

void put_version(Encoder& out, const ResourceRecord::VersionMark& version) {
  out.time(version.at);
  out.u8(static_cast<std::uint8_t>(bit(version.same_as_next, same_as_next) | bit(version.ends, ends) |
                                   bit(version.given.has_value(), with_given)));
  out.text(version.source_id);
  if (version.given) put_state(out, *version.given);
}

ResourceRecord::VersionMark take_version(Decoder& in) {
  ResourceRecord::VersionMark version;
  version.at = in.time();
  const std::uint8_t flags = in.u8();
  if (flags > 7) in.reject();
  version.same_as_next = (flags & same_as_next) != 0;
  version.ends = (flags & ends) != 0;
  version.source_id = in.string();
  if ((flags & with_given) != 0) version.given = take_state(in);
  return version;
}

// All but the state and the versions; an alias ends after its id.
ResourceRecord take_head(Decoder& in, std::uint8_t& flags) {
  ResourceRecord record;
  flags = in.u8();
  if (flags > 63) in.reject();
  if ((flags & alias) != 0) {
    record.alias_of.value = in.fixed64();
    return record;
  }
  record.stated = (flags & stated) != 0;
  record.deleted = (flags & deleted) != 0;
  record.trimmed = (flags & trimmed) != 0;
  record.ref = in.ref();
  record.first_seen = in.time();
  record.last_seen = in.time();
  record.deleted_at = in.time();
  record.last_end = in.time();
  record.uids.resize(in.count());
  for (std::string& uid : record.uids) uid = in.word();
  record.aliases = in.ids();
  return record;
}

}  // namespace

std::string encode_resource(const ResourceRecord& record) {
  std::string bytes;
  Encoder out(bytes);
  if (record.alias_of) {
    out.u8(alias);
    out.fixed64(record.alias_of.value);
    return bytes;
  }
  out.u8(static_cast<std::uint8_t>(bit(record.stated, stated) | bit(record.deleted, deleted) |
                                   bit(record.trimmed, trimmed) | bit(record.state.has_value(), with_state)));
  out.ref(record.ref);
  out.time(record.first_seen);
  out.time(record.last_seen);
  out.time(record.deleted_at);
  out.time(record.last_end);
  out.varint(record.uids.size());
  for (const std::string& uid : record.uids) out.word(uid);
  out.ids(record.aliases);
  if (record.state) put_state(out, *record.state);
  out.varint(record.versions.size());
  for (const auto& version : record.versions) put_version(out, version);
  return bytes;
}

core::StatusOr<ResourceRecord> decode_resource(std::string_view value) {
  Decoder in(value);
  if (!in.good()) return in.finish("resource record");
  std::uint8_t flags = 0;
  ResourceRecord record = take_head(in, flags);
  if (!record.alias_of) {
    if ((flags & with_state) != 0) record.state = take_state(in);
    const std::size_t versions = in.count(3);
    for (std::size_t i = 0; i < versions; ++i) record.versions.push_back(take_version(in));
  }
  KGRCA_RETURN_IF_ERROR(in.finish("resource record"));
  return record;
}

core::StatusOr<ResourceRecord> decode_resource_head(std::string_view value) {
  Decoder in(value);
  if (!in.good()) return in.finish("resource record");
  std::uint8_t flags = 0;
  ResourceRecord record = take_head(in, flags);
  if (!in.good()) return in.finish("resource record");
  return record;
}

}  // namespace kgrca::graph

#include "normalize/batch.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kgrca/core/hash.h"

namespace kgrca::normalize {

void Batch::reject(std::string reason) {
  // A few bytes of nonsense make a reason of a hundred: all of a body's would be many times its size.
  if (++out_.rejections > rejections_kept) return;
  out_.rejected.push_back({out_.items == 0 ? 0 : out_.items - 1, std::move(reason)});
}

core::Time Batch::clamp(core::Time time, bool& clamped) {
  if (context_.received == core::Time{} || time <= context_.received + future_bound) return time;
  if (!clamped) ++out_.clamped;
  clamped = true;
  return context_.received;
}

void Batch::mask(std::string& text) {
  const int places = context_.masker->mask(text);
  if (places > 0) out_.masked += static_cast<std::size_t>(places);
}

std::string Batch::masked(std::string_view text, std::size_t max_bytes) {
  // Cut after masking too: a secret that the cut would split must not survive in part, so mask a little more than is kept.
  std::string copy(core::clip_utf8(text, max_bytes + 256));
  mask(copy);
  if (copy.size() > max_bytes) copy.resize(core::clip_utf8(copy, max_bytes).size());
  return copy;
}

void each_value(std::string_view body, Batch& batch, wire::JsonDocument& document,
                const std::function<void(wire::JsonValue)>& fn) {
  if (core::trim(body).empty()) {
    batch.next_item();
    batch.reject("the body is empty: send at least one JSON value");
    return;
  }
  wire::split_json(
      body, true,
      [&](std::size_t, std::string_view text) {
        const auto value = document.try_parse(text);
        if (value) fn(*value);
        return value.has_value();
      },
      [&](std::size_t, std::string_view text) {
        auto parsed = document.parse(text);
        if (parsed.ok()) {
          fn(*parsed);
          return;
        }
        batch.next_item();
        batch.reject(core::cat("not valid JSON ", core::message_of(parsed.status()), ": repair the sender's JSON"));
      },
      [&](std::size_t, std::size_t offset, std::string_view reason) {
        batch.next_item();
        batch.reject(core::cat("not valid JSON at byte ", offset, " of the body: ", reason,
                               ": send one JSON value per line or an array"));
      });
}

void each_list_item(wire::JsonValue value, const std::function<void(wire::JsonValue)>& fn) {
  const auto items = value["items"];
  if (!items.is_array()) return fn(value);
  const auto kind = value["kind"].string_or();
  if (!kind.empty() && !kind.ends_with("List")) return fn(value);
  items.each_item([&fn](wire::JsonValue item) {
    fn(item);
    return true;
  });
}

std::string_view first_text(std::initializer_list<wire::JsonValue> values) {
  for (const auto& value : values) {
    const auto text = value.string();
    if (text && !text->empty()) return *text;
  }
  return {};
}

namespace {

// Seconds, milliseconds, microseconds or nanoseconds: the ranges do not overlap between the years 1971 and 5000.
std::optional<core::Time> from_epoch(double value) {
  if (!(value > 3e7) || value > 4e18) return std::nullopt;
  double micros = value;
  if (value < 1e11) {
    micros = value * 1e6;
  } else if (value < 1e14) {
    micros = value * 1e3;
  } else if (value >= 1e17) {
    micros = value / 1e3;
  }
  return core::from_micros(static_cast<std::int64_t>(std::llround(micros)));
}

}  // namespace

std::optional<core::Time> read_time(wire::JsonValue value) {
  switch (value.kind()) {
    case wire::JsonValue::Kind::string: {
      const auto text = value.string_or();
      if (auto time = core::parse_rfc3339(text)) return *time > core::Time{} ? time : std::nullopt;
      const auto whole = core::parse_int(text);
      if (whole && *whole >= 100'000'000'000'000'000) return core::from_micros(*whole / 1000);
      const auto number = core::parse_double(text);
      return number ? from_epoch(*number) : std::nullopt;
    }
    case wire::JsonValue::Kind::integer: {
      const auto whole = value.integer();
      if (whole && *whole >= 100'000'000'000'000'000) return core::from_micros(*whole / 1000);
      return whole ? from_epoch(static_cast<double>(*whole)) : std::nullopt;
    }
    case wire::JsonValue::Kind::number: {
      const auto number = value.number();
      return number ? from_epoch(*number) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<core::Time> first_time(std::initializer_list<wire::JsonValue> values) {
  for (const auto& value : values) {
    if (auto time = read_time(value)) return time;
  }
  return std::nullopt;
}

model::ResourceRef make_ref(std::string_view cluster, std::string_view kind, std::string_view ns, std::string_view name,
                            std::string_view uid) {
  model::ResourceRef ref;
  ref.cluster = core::clip_utf8(cluster, max_name_bytes);
  ref.kind = model::canonical_kind(core::clip_utf8(kind, max_name_bytes));
  if (!model::is_cluster_scoped(ref.kind)) ref.ns = core::clip_utf8(ns, max_name_bytes);
  ref.name = core::clip_utf8(name, max_name_bytes);
  if (uid != name) ref.uid = core::clip_utf8(uid, max_name_bytes);
  return ref;
}

void add_related(model::Event& event, model::ResourceRef ref) {
  if (ref.name.empty() || event.related.size() >= 16) return;
  const auto same = [&ref](const model::ResourceRef& other) {
    return other.kind == ref.kind && other.ns == ref.ns && other.name == ref.name;
  };
  if (same(event.subject)) return;
  if (std::any_of(event.related.begin(), event.related.end(), same)) return;
  event.related.push_back(std::move(ref));
}

Pairs read_pairs(wire::JsonValue object, Batch& batch, std::size_t limit) {
  Pairs pairs;
  if (!object.is_object()) return pairs;
  object.each_member([&](std::string_view key, wire::JsonValue value) {
    auto text = value.scalar_text();
    pairs.emplace_back(core::clip_utf8(key, max_value_bytes), batch.masked(text, max_value_bytes));
    return pairs.size() < limit;
  });
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

void add_attribute(model::Event& event, std::string_view key, std::string_view value) {
  if (value.empty() || event.attributes.size() >= max_attributes) return;
  event.attributes.emplace_back(key, core::clip_utf8(value, max_value_bytes));
}

void sort_attributes(model::Event& event) { std::sort(event.attributes.begin(), event.attributes.end()); }

std::uint64_t hash_pieces(std::initializer_list<std::string_view> pieces) {
  std::uint64_t hash = 0x6b67726361;
  for (const auto piece : pieces) hash = core::combine_hash(hash, core::stable_hash64(piece));
  return hash;
}

std::string derived_id(std::initializer_list<std::string_view> pieces) {
  constexpr char digits[] = "0123456789abcdef";
  const std::uint64_t hash = hash_pieces(pieces);
  std::string id = "x-";
  for (int shift = 60; shift >= 0; shift -= 4) id.push_back(digits[(hash >> shift) & 15U]);
  return id;
}

std::string_view kind_name(wire::JsonValue value) {
  switch (value.kind()) {
    case wire::JsonValue::Kind::absent: return "nothing";
    case wire::JsonValue::Kind::null: return "null";
    case wire::JsonValue::Kind::boolean: return "a boolean";
    case wire::JsonValue::Kind::integer:
    case wire::JsonValue::Kind::number: return "a number";
    case wire::JsonValue::Kind::string: return "a string";
    case wire::JsonValue::Kind::array: return "an array";
    case wire::JsonValue::Kind::object: return "an object";
  }
  return "unknown";
}

std::string quoted(std::string_view text) { return core::cat('\'', core::clip_utf8(text, 64), '\''); }

}  // namespace kgrca::normalize

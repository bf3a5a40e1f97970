// The shapes of all keys as a table: which bytes are a key at all, and keys for people, as a report of `kgrca verify` names them.
#include <algorithm>
#include <array>

#include "kgrca/core/hex.h"
#include "kgrca/core/strings.h"
#include "kgrca/store/keys.h"

namespace kgrca::store::keys {
namespace {

// One kind of key. `fields`: R resource, E event, I incident, T time, N time and P event stored newest first, 1 2 4 8 numbers of that many
// bytes, D direction of an edge, o and c the flag of open and closed edges, S the rest as text, L the rest of a name key.
struct Shape {
  Family family;
  std::string_view tag;
  std::string_view name;
  std::string_view fields;
};

constexpr std::array<Shape, 30> shapes = {{
    {Family::meta, "n", "tenant name", "S"},       {Family::meta, "t", "tenant record", "4"},
    {Family::meta, "k", "API key", "S"},           {Family::meta, "i", "identity", "S"},
    {Family::meta, "c", "checkpoint part", "2"},   {Family::meta, "m", "meter", "24"},
    {Family::meta, "f", "fingerprints", "48"},     {Family::meta, "p", "source position", "S"},
    {Family::meta, "g", "count", "S"},             {Family::meta, "d", "dictionary", "1S"},
    {Family::meta, "a", "audit", "N4"},            {Family::state, "r", "resource", "R"},
    {Family::meta, "v", "cut-offs", ""},
    {Family::state, "w", "resource away", "R"},    {Family::state, "h", "history", "RN"},
    {Family::state, "u", "uid", "S"},              {Family::state, "l", "name", "L"},
    {Family::topology, "", "edge", "DRo1RT"},      {Family::topology, "", "edge", "DRc1TRT"},
    {Family::meta, "x", "postings of batch", "8"}, {Family::meta, "y", "merged postings", ""},
    {Family::events, "", "event", "E"},            {Family::index, "r", "of resource", "RP8"},
    {Family::index, "s", "of severity", "8P8"},    {Family::index, "q", "of reason", "8P8"},
    {Family::index, "e", "effects of cause", "8P8"},
    {Family::incidents, "o", "listing", "NI"},     {Family::incidents, "i", "incident", "I"},
    {Family::incidents, "e", "incident of event", "E"}, {Family::incidents, "l", "links of run", "E"},
}};

constexpr std::array<std::string_view, family_count> family_names = {"meta",   "state", "topology",
                                                                     "events", "index", "incidents"};

// Bytes that are no printable ASCII as \xNN.
std::string escaped(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    if (c >= 0x20 && c < 0x7f && c != '\\') out.push_back(c);
    else core::append(out, "\\x", core::hex({&c, 1}));
  }
  return out;
}

// Takes a key apart. REQUIRES: it has the shape that its fields are taken in.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::string_view take(std::size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char c : take(size)) value = (value << 8) | static_cast<unsigned char>(c);
    return value;
  }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

constexpr std::size_t name_key_bytes_min = 11;  // three NULs and R

// Bytes that a field takes of the `left` ones.
std::size_t size_of(char field, std::size_t left) {
  switch (field) {
    case 'E':
    case 'P': return 16;
    case 'R':
    case 'I':
    case 'T':
    case 'N': return 8;
    case 'D':
    case 'o':
    case 'c': return 1;
    case 'S': return left;
    case 'L': return std::max(left, name_key_bytes_min);
    default: return static_cast<std::size_t>(field - '0');
  }
}

bool fits(const Shape& shape, std::string_view bytes) {
  if (!bytes.starts_with(shape.tag)) return false;
  bytes.remove_prefix(shape.tag.size());
  for (const char field : shape.fields) {
    const std::size_t size = size_of(field, bytes.size());
    if (bytes.size() < size) return false;
    if (field == 'D' && bytes[0] != 0 && bytes[0] != 1) return false;
    if (field == 'o' && bytes[0] != 0) return false;
    if (field == 'c' && bytes[0] != 1) return false;
    bytes.remove_prefix(size);
  }
  return bytes.empty();
}

const Shape* shape_of(Family family, std::string_view bytes) {
  for (const Shape& shape : shapes)
    if (shape.family == family && fits(shape, bytes)) return &shape;
  return nullptr;
}

std::string shown_time(std::uint64_t micros) {
  constexpr std::uint64_t year_9999 = 253'402'300'799'000'000;
  if (micros > year_9999) return core::cat(micros, "us");
  return core::format_rfc3339(core::from_micros(static_cast<std::int64_t>(micros)), 6);
}

std::string shown_event(Reader& in) {
  const std::uint64_t time = in.number(8);
  return core::to_string(EventKey{time, in.number(8)});
}

std::string shown_newest_first_event(Reader& in) {
  const std::uint64_t time = ~in.number(8);
  return core::to_string(EventKey{time, ~in.number(8)});
}

std::string shown_field(char field, Reader& in) {
  switch (field) {
    case 'R': return core::cat("R=", core::hex(in.take(8)));
    case 'E': return shown_event(in);
    case 'I': return core::to_string(IncidentId{in.number(8)});
    case 'T': return shown_time(in.number(8));
    case 'N': return shown_time(~in.number(8));
    case 'P': return shown_newest_first_event(in);
    case 'D': return in.number(1) == 0 ? "out" : "in";
    case 'o': in.take(1); return "open relation";
    case 'c': in.take(1); return "closed relation";
    case 'S': return core::cat('"', escaped(in.take(in.left())), '"');
    case 'L': {
      const std::string name = escaped(in.take(in.left() - 8));
      return core::cat('"', name, "\" R=", core::hex(in.take(8)));
    }
    default: return core::cat(in.number(static_cast<std::size_t>(field - '0')));
  }
}

}  // namespace

bool is_key(Family family, std::string_view key_bytes) { return shape_of(family, key_bytes) != nullptr; }

std::string shown(Family family, std::string_view key_bytes) {
  const std::string_view place = family_names[static_cast<std::size_t>(family)];
  const Shape* shape = shape_of(family, key_bytes);
  if (shape == nullptr) return core::cat(place, " 0x", core::hex(key_bytes));
  Reader in(key_bytes.substr(shape->tag.size()));
  std::string out = core::cat(place, ' ', shape->name);
  for (const char field : shape->fields) core::append(out, ' ', shown_field(field, in));
  return out;
}

}  // namespace kgrca::store::keys

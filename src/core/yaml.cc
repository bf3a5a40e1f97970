#include "kgrca/core/yaml.h"

#include <fstream>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "kgrca/core/strings.h"

namespace kgrca::core {

namespace {

constexpr std::size_t text_bytes_max = 4 << 20;
constexpr std::size_t depth_max = 64;
constexpr std::size_t nodes_max = 500'000;

Status at_line(int line, int column, std::string_view what) {
  return invalid_argument(cat("line ", line, ", column ", column, ": ", what));
}

Status invalid_utf8(std::string_view text, std::size_t offset) {
  int line = 1;
  std::size_t line_begin = 0;
  for (std::size_t at = text.find('\n'); at < offset; at = text.find('\n', at + 1)) {
    ++line;
    line_begin = at + 1;
  }
  return at_line(line, static_cast<int>(offset - line_begin) + 1, "invalid UTF-8");
}

}  // namespace

// Turns the library's events into our tree. Building from events and not from its nodes keeps depth and size bounded.
class YamlBuilder final : public YAML::EventHandler {
 public:
  Yaml take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (expects_key()) fail(mark, "a name is expected before ':'");
    leaf(mark, Yaml::Kind::null, {});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark, "aliases (*name) are not supported; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string& value) override {
    if (expects_key()) {
      take_key(mark, value);
    } else {
      leaf(mark, Yaml::Kind::scalar, value);
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, Yaml::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, Yaml::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Yaml node;
    StringSet keys;  // of a map
    std::string key;
    bool has_key = false;
  };

  [[noreturn]] static void fail(const YAML::Mark& mark, const std::string& what) {
    throw YAML::ParserException(mark, what);
  }

  bool expects_key() const {
    return !frames_.empty() && frames_.back().node.kind_ == Yaml::Kind::map && !frames_.back().has_key;
  }

  void take_key(const YAML::Mark& mark, const std::string& key) {
    Frame& frame = frames_.back();
    if (!frame.keys.insert(key).second) {
      fail(mark, cat("'", clip_utf8(key, 100), "' stands twice in this map"));
    }
    frame.key = key;
    frame.has_key = true;
  }

  Yaml make(const YAML::Mark& mark, Yaml::Kind kind) {
    if (++nodes_ > nodes_max) fail(mark, "more than 500,000 values");
    Yaml node;
    node.kind_ = kind;
    node.line_ = mark.line + 1;
    return node;
  }

  void leaf(const YAML::Mark& mark, Yaml::Kind kind, const std::string& text) {
    Yaml node = make(mark, kind);
    node.text_ = text;
    attach(std::move(node));
  }

  void open(const YAML::Mark& mark, Yaml::Kind kind) {
    if (expects_key()) fail(mark, "a name must be plain text, not a list or map");
    if (frames_.size() == depth_max) fail(mark, "nested deeper than 64 levels");
    frames_.emplace_back();
    frames_.back().node = make(mark, kind);
  }

  void close() {
    Yaml node = std::move(frames_.back().node);
    frames_.pop_back();
    attach(std::move(node));
  }

  void attach(Yaml node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind_ == Yaml::Kind::list) {
      frame.node.items_.push_back(std::move(node));
      return;
    }
    frame.node.entries_.emplace_back(std::move(frame.key), std::move(node));
    frame.has_key = false;
  }

  Yaml root_;
  std::vector<Frame> frames_;
  std::size_t nodes_ = 0;
};

StatusOr<Yaml> Yaml::parse(std::string_view text) {
  if (text.size() > text_bytes_max) return at_line(1, 1, "text over 4 MiB");
  const std::size_t invalid = find_invalid_utf8(text);
  if (invalid < text.size()) return invalid_utf8(text, invalid);
  // yaml-cpp 0.7 closes an open quote silently where the text ends after a line break; before an end marker it does not.
  std::istringstream stream{cat(text, "\n...\n")};
  YamlBuilder builder;
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    YamlBuilder second;
    if (parser.HandleNextDocument(second)) return invalid_argument("line 1, column 1: more than one document");
  } catch (const YAML::Exception& error) {
    return at_line(error.mark.line + 1, error.mark.column + 1, error.msg);
  }
  return builder.take();
}

StatusOr<Yaml> Yaml::parse_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return not_found(cat(path, ": cannot be opened"));
  std::string text(text_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.gcount() == 0 && !file.eof())) return not_found(cat(path, ": cannot be read"));
  text.resize(static_cast<std::size_t>(file.gcount()));
  auto parsed = parse(text);
  if (!parsed.ok()) return with_context(parsed.status(), path);
  return parsed;
}

std::optional<std::int64_t> Yaml::integer() const { return parse_int(text_); }
std::optional<double> Yaml::number() const { return parse_double(text_); }

std::optional<bool> Yaml::boolean() const {
  for (const char* word : {"true", "yes", "on"}) {
    if (equals_ignore_case(text_, word)) return true;
  }
  for (const char* word : {"false", "no", "off"}) {
    if (equals_ignore_case(text_, word)) return false;
  }
  return std::nullopt;
}

const Yaml* Yaml::find(std::string_view key) const {
  for (const auto& [name, value] : entries_) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string Yaml::text_or(std::string_view key, std::string_view fallback) const {
  const Yaml* member = find(key);
  return std::string(member != nullptr && member->kind_ == Kind::scalar ? member->text_ : fallback);
}

double Yaml::number_or(std::string_view key, double fallback) const {
  const Yaml* member = find(key);
  return member == nullptr ? fallback : member->number().value_or(fallback);
}

std::int64_t Yaml::integer_or(std::string_view key, std::int64_t fallback) const {
  const Yaml* member = find(key);
  return member == nullptr ? fallback : member->integer().value_or(fallback);
}

bool Yaml::boolean_or(std::string_view key, bool fallback) const {
  const Yaml* member = find(key);
  return member == nullptr ? fallback : member->boolean().value_or(fallback);
}

}  // namespace kgrca::core

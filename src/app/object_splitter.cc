#include "app/object_splitter.h"

#include <vector>

#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr std::string_view blanks = " \t\r\n";

// Finds the ends of JSON values by their brackets and quotes.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool skip_blanks() {
    at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
    return at_ < text_.size();
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (!skip_blanks() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // The text of the value at the cursor, which moves behind it; empty when it does not end.
  std::string_view value() {
    if (!skip_blanks()) return {};
    const std::size_t from = at_;
    const char c = text_[at_];
    bool closed = true;
    if (c == '"') {
      closed = pass_string();
    } else if (c == '{' || c == '[') {
      closed = pass_brackets();
    } else {
      at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    }
    return closed ? text_.substr(from, at_ - from) : std::string_view{};
  }

 private:
  bool pass_string() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return true;
      }
    }
    at_ = text_.size();
    return false;
  }

  bool pass_brackets() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!pass_string()) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (depth == 0) return true;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Members {
  std::string_view kind;         // JSON texts, empty when absent
  std::string_view api_version;
  std::string_view items;
  std::string_view metadata;
};

Members members_of(std::string_view object) {
  Members out;
  Cursor cursor(object);
  if (!cursor.take('{')) return out;
  while (cursor.skip_blanks() && cursor.peek() == '"') {
    const std::string_view name = cursor.value();
    if (!cursor.take(':')) return out;
    const std::string_view value = cursor.value();
    if (name == "\"kind\"") out.kind = value;
    if (name == "\"apiVersion\"") out.api_version = value;
    if (name == "\"metadata\"") out.metadata = value;
    if (name == "\"items\"" && !value.empty() && value.front() == '[') out.items = value;
    if (!cursor.take(',')) return out;
  }
  return out;
}

// Collects objects until a body is full.
class Packer {
 public:
  Packer(std::size_t body_bytes, std::string head, std::string separator, std::string tail,
         const std::function<core::Status(const std::string&, std::size_t)>& emit)
      : limit_(body_bytes), head_(std::move(head)), separator_(std::move(separator)), tail_(std::move(tail)), emit_(emit) {}

  core::Status add(std::string_view object) {
    if (objects_ > 0 && body_.size() + separator_.size() + object.size() + tail_.size() > limit_) KGRCA_RETURN_IF_ERROR(flush());
    core::append(body_, objects_ == 0 ? head_ : separator_, object);
    ++objects_;
    return core::ok_status();
  }

  core::Status flush() {
    if (objects_ == 0) return core::ok_status();
    body_ += tail_;
    const core::Status status = emit_(body_, objects_);
    body_.clear();
    objects_ = 0;
    return status;
  }

 private:
  std::size_t limit_;
  std::string head_;
  std::string separator_;
  std::string tail_;
  const std::function<core::Status(const std::string&, std::size_t)>& emit_;
  std::string body_;
  std::size_t objects_ = 0;
};

core::Status pack_list(const Members& list, std::size_t body_bytes,
                       const std::function<core::Status(const std::string&, std::size_t)>& emit) {
  const std::string_view kind = list.kind.empty() ? std::string_view("\"List\"") : list.kind;
  const std::string_view version = list.api_version.empty() ? std::string_view("\"v1\"") : list.api_version;
  Packer packer(body_bytes, core::cat("{\"apiVersion\":", version, ",\"kind\":", kind, ",\"items\":["), ",", "]}", emit);
  Cursor cursor(list.items);
  if (!cursor.take('[')) return core::ok_status();
  while (cursor.skip_blanks() && cursor.peek() != ']') {
    const std::string_view item = cursor.value();
    if (item.empty()) return core::invalid_argument("an item of a List does not end");
    KGRCA_RETURN_IF_ERROR(packer.add(item));
    if (!cursor.take(',')) break;
  }
  return packer.flush();
}

}  // namespace

core::Status split_objects(std::string_view text, std::size_t body_bytes,
                           const std::function<core::Status(const std::string& body, std::size_t objects)>& emit,
                           const std::function<core::Status(std::string_view metadata)>& each_list) {
  Packer singles(body_bytes, "", "\n", "\n", emit);
  Cursor cursor(text);
  while (cursor.skip_blanks()) {
    const std::size_t from = cursor.at();
    if (cursor.peek() != '{') {
      return core::invalid_argument(core::cat("byte ", from, ": expected a JSON object, as kubectl prints with -o json"));
    }
    const std::string_view object = cursor.value();
    if (object.empty()) return core::invalid_argument(core::cat("byte ", from, ": the JSON object that begins here does not end"));
    const Members members = members_of(object);
    if (members.items.empty()) {
      KGRCA_RETURN_IF_ERROR(singles.add(object));
      continue;
    }
    KGRCA_RETURN_IF_ERROR(singles.flush());
    if (each_list) KGRCA_RETURN_IF_ERROR(each_list(members.metadata));
    KGRCA_RETURN_IF_ERROR(pack_list(members, body_bytes, emit));
  }
  return singles.flush();
}

}  // namespace kgrca::app

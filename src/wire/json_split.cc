#include <algorithm>

#include "kgrca/wire/json.h"
#include "wire/json_scan.h"

namespace kgrca::wire {

namespace {

using OnLine = std::function<bool(std::size_t, std::string_view)>;
using OnValue = std::function<void(std::size_t, std::string_view)>;
using OnBad = std::function<void(std::size_t, std::size_t, std::string_view)>;

// Walks the body once. Every call counts its index up, so pieces keep their number whether good or bad.
class Splitter {
 public:
  Splitter(std::string_view body, bool open_arrays, const OnLine& line, const OnValue& fn, const OnBad& bad)
      : body_(body), open_arrays_(open_arrays), line_(line), fn_(fn), bad_(bad) {}

  void run() {
    if (body_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // byte order mark, as Windows tools write it
    while (skip_blanks()) {
      if (open_arrays_ && body_[at_] == '[') {
        ++at_;
        items();
      } else {
        piece();
      }
    }
  }

 private:
  // False at the end of the body.
  bool skip_blanks() {
    while (at_ < body_.size() && is_json_blank(body_[at_])) ++at_;
    return at_ < body_.size();
  }

  // One value at at_. False when it was bad; at_ is then at the next line that may start a value.
  bool piece() {
    if (take_line()) return true;
    const std::size_t begin = at_;
    const JsonExtent extent = find_json_extent(body_, begin);
    if (!extent.reason.empty()) {
      reject(begin, extent.end, extent.reason);
      return false;
    }
    at_ = extent.end;
    fn_(index_++, body_.substr(begin, at_ - begin));
    return true;
  }

  bool take_line() {
    if (body_[at_] != '{' || at_ < offered_) return false;
    offered_ = std::min(body_.find('\n', at_), body_.size());
    std::string_view line = body_.substr(at_, offered_ - at_);
    while (is_json_blank(line.back())) line.remove_suffix(1);
    if (!line.ends_with('}') || !line_(index_, line)) return false;
    ++index_;
    at_ = offered_;
    return true;
  }

  void items() {
    const std::size_t opened = at_ - 1;
    bool first = true;
    while (skip_blanks()) {
      if (body_[at_] == ']' && first) break;
      if (piece() && !after_item()) return;
      first = false;
    }
    if (at_ < body_.size()) {
      ++at_;
      return;
    }
    bad_(index_++, opened, "unclosed array");
  }

  // False when the array ended here, well or badly.
  bool after_item() {
    if (!skip_blanks()) return true;
    if (body_[at_] == ',') {
      ++at_;
      return true;
    }
    if (body_[at_] == ']') {
      ++at_;
      return false;
    }
    reject(at_, at_, "',' or ']' is expected");
    return true;
  }

  void reject(std::size_t begin, std::size_t offset, std::string_view reason) {
    bad_(index_++, offset, reason);
    at_ = next_start(begin);
  }

  // The next line that opens an object or array and is indented no deeper than the piece that broke: its own inner
  // lines are no pieces.
  std::size_t next_start(std::size_t begin) const {
    const std::size_t indent_max = begin - line_begin(begin);
    for (std::size_t line = body_.find('\n', begin); line != std::string_view::npos; line = body_.find('\n', line)) {
      ++line;
      std::size_t at = line;
      while (at < body_.size() && (body_[at] == ' ' || body_[at] == '\t')) ++at;
      const bool opens = at < body_.size() && (body_[at] == '{' || body_[at] == '[');
      if (opens && at - line <= indent_max) return at;
    }
    return body_.size();
  }

  std::size_t line_begin(std::size_t at) const {
    const std::size_t newline = body_.substr(0, at).rfind('\n');
    return newline == std::string_view::npos ? 0 : newline + 1;
  }

  std::string_view body_;
  bool open_arrays_;
  const OnLine& line_;
  const OnValue& fn_;
  const OnBad& bad_;
  std::size_t at_ = 0;
  std::size_t offered_ = 0;  // end of the last line that was offered whole
  std::size_t index_ = 0;
};

}  // namespace

void split_json(std::string_view body, bool open_arrays, const OnLine& line, const OnValue& fn, const OnBad& bad) {
  Splitter(body, open_arrays, line, fn, bad).run();
}

}  // namespace kgrca::wire

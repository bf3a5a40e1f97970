#include "app/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr std::size_t bar_columns = 24;
constexpr auto redraw_every = std::chrono::milliseconds(100);

}  // namespace

std::string progress_line(std::string_view label, std::size_t done, std::size_t total, std::string_view note) {
  const std::size_t part = std::min(done, total);
  const std::size_t filled = total == 0 ? bar_columns : part * bar_columns / total;
  const std::size_t percent = total == 0 ? 100 : part * 100 / total;
  return core::cat(label, "  [", std::string(filled, '#'), std::string(bar_columns - filled, ' '), "]  ", percent, " %  ",
                   core::format_thousands(static_cast<std::int64_t>(done)), " of ",
                   core::format_thousands(static_cast<std::int64_t>(total)), note.empty() ? "" : "  ", note);
}

Progress::Progress(std::string label, std::size_t total)
    : label_(std::move(label)), total_(total), shown_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  next_ = {};
}

void Progress::set(std::size_t done, std::string_view note) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || (now < next_ && done < total_)) return;
  next_ = now + redraw_every;
  std::fputs(core::cat("\r", progress_line(label_, done, total_, note), "\033[K").c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace kgrca::app

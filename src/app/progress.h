#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace kgrca::app {

// One line on stderr that is drawn again as work goes on; nothing when stderr is no terminal.
class Progress {
 public:
  Progress(std::string label, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void set(std::size_t done, std::string_view note = {});
  void clear();  // wipes the line, before something else is printed; the next set() draws it again

 private:
  std::string label_;
  std::size_t total_;
  bool shown_;
  std::chrono::steady_clock::time_point next_{};
};

// "replay  [#####     ]  50 %  1,234 of 2,468  note"
std::string progress_line(std::string_view label, std::size_t done, std::size_t total, std::string_view note);

}  // namespace kgrca::app

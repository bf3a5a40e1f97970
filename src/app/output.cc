#include "app/output.h"

#include <cstdio>

#include "app/commands.h"
#include "kgrca/core/shown_text.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

void write(std::FILE* file, std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); }

}  // namespace

void print(std::string_view text) {
  write(stdout, text);
  std::fflush(stdout);
}

// Messages may repeat what a server said.
void note(std::string_view message) {
  for (const std::string_view line : core::split(message, '\n')) write(stderr, core::cat(core::without_controls(line), "\n"));
}

std::string size_text(std::uint64_t bytes) {
  const bool large = bytes >= 1ULL << 20U;
  return core::cat(core::format_fixed(static_cast<double>(bytes) / (large ? 1 << 20 : 1 << 10), 1), large ? " MiB" : " KiB");
}

void print_error(std::string_view message) { note(core::cat("kgrca: ", message)); }

int fail(const core::Status& status) {
  print_error(core::message_of(status));
  return exit_failed;
}

}  // namespace kgrca::app

// What commands print: answers on stdout, everything else on stderr.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kgrca/core/status.h"

namespace kgrca::app {

void print(std::string_view text);               // stdout, as it is
void print_error(std::string_view message);      // "kgrca: message" on stderr
// Prints the error and gives the exit code of a failure.
int fail(const core::Status& status);
void note(std::string_view message);             // a line on stderr
std::string size_text(std::uint64_t bytes);      // "12.1 KiB", from 1 MiB on "3.4 MiB"

}  // namespace kgrca::app

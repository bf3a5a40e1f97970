// What a log line says of itself: its level, and whether it is only part of a stack trace.
#pragma once

#include <optional>
#include <string_view>

#include "kgrca/model/severity.h"

namespace kgrca::normalize {

// The level that the line's own prefix states: klog, [error], ` ERROR ` after a timestamp, "error:", level=error.
std::optional<model::Severity> stated_level(std::string_view line);

// For lines without any level: exceptions and tracebacks are errors, panics and crashes fatal, failures warnings.
model::Severity guessed_level(std::string_view line);

// A level as loggers write it in JSON: a word, or a number of pino and bunyan (10..60) or syslog (0..7).
std::optional<model::Severity> level_of_number(std::int64_t number);

// Every line of the text is a stack frame, a source excerpt of a traceback, "... 12 more" or "Caused by:".
bool is_stack_part(std::string_view text);

}  // namespace kgrca::normalize

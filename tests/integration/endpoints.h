// Every ingest endpoint with a body it takes and the way it answers.
#pragma once

#include <string>
#include <vector>

namespace kgrca::integration {

enum class Form { native, otlp, alertmanager };

struct Endpoint {
  std::string path;
  Form form = Form::native;
  int success = 200;
  std::string good;             // one item, one line
  std::size_t limit_bytes = 5u << 20;
};

const std::vector<Endpoint>& endpoints();

}  // namespace kgrca::integration

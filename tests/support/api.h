// The server's HTTP interface as tests use it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/net/client.h"
#include "kgrca/wire/json.h"

namespace kgrca::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

// An answer with its body read as JSON (absent when it is none). `status` 0: no answer, `body` says why.
struct Answer {
  int status = 0;
  std::string content_type;
  Headers headers;
  std::string body;
  std::shared_ptr<wire::JsonDocument> document = std::make_shared<wire::JsonDocument>();
  wire::JsonValue json;

  std::int64_t integer(std::string_view name) const { return json[name].integer().value_or(-1); }
  std::string_view header(std::string_view lower_case_name) const;
};

// One keep-alive connection with one key. Not thread-safe.
class Api {
 public:
  Api(const std::string& url, std::string key, int timeout_ms = 60'000);
  Answer get(const std::string& target);
  Answer post(const std::string& target, std::string_view body, const Headers& headers = {});
  Answer send(net::Method method, const std::string& target, std::string_view body, const Headers& headers);

  // Every item of a listing, page by page. False when a page was not 200.
  bool each(const std::string& path, const std::function<void(wire::JsonValue)>& fn);

 private:
  std::string url_;
  std::string key_;
  int timeout_ms_;
  std::unique_ptr<net::Client> client_;
};

std::string percent_encoded(std::string_view text);

}  // namespace kgrca::test

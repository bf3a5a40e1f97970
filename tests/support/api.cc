#include "tests/support/api.h"

#include "kgrca/core/strings.h"

namespace kgrca::test {

std::string_view Answer::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

Api::Api(const std::string& url, std::string key, int timeout_ms) : url_(url), key_(std::move(key)), timeout_ms_(timeout_ms) {}

Answer Api::get(const std::string& target) { return send(net::Method::get, target, "", {}); }

Answer Api::post(const std::string& target, std::string_view body, const Headers& headers) {
  return send(net::Method::post, target, body, headers);
}

Answer Api::send(net::Method method, const std::string& target, std::string_view body, const Headers& headers) {
  Answer answer;
  if (client_ == nullptr) {
    net::ClientOptions options;
    options.url = url_;
    options.timeout_ms = timeout_ms_;
    auto made = net::Client::make(options);
    if (!made.ok()) {
      answer.body = core::message_of(made.status());
      return answer;
    }
    client_ = std::make_unique<net::Client>(*std::move(made));
  }
  Headers all = headers;
  if (!key_.empty()) all.emplace_back("Authorization", core::cat("Bearer ", key_));
  auto response = client_->send(method, target, all, body);
  if (!response.ok()) {
    answer.body = core::message_of(response.status());
    return answer;
  }
  answer.status = response->status;
  answer.content_type = std::move(response->content_type);
  answer.headers = std::move(response->headers);
  answer.body = std::move(response->body);
  if (const auto parsed = answer.document->parse(answer.body); parsed.ok()) answer.json = *parsed;
  return answer;
}

bool Api::each(const std::string& path, const std::function<void(wire::JsonValue)>& fn) {
  const char joint = path.find('?') == std::string::npos ? '?' : '&';
  std::string cursor;
  do {
    const Answer page = get(core::cat(path, joint, "limit=1000", cursor.empty() ? "" : "&cursor=", percent_encoded(cursor)));
    if (page.status != 200 || !page.json["items"].is_array()) return false;
    page.json["items"].each_item([&](wire::JsonValue item) {
      fn(item);
      return true;
    });
    cursor = std::string(page.json["next_cursor"].string_or());
  } while (!cursor.empty());
  return true;
}

std::string percent_encoded(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (plain) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
    }
  }
  return out;
}

}  // namespace kgrca::test

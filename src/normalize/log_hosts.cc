#include "normalize/log_hosts.h"

#include <algorithm>
#include <string>
#include <vector>

#include "normalize/batch.h"

namespace kgrca::normalize {

namespace {

using std::string_view;

constexpr std::size_t max_hosts = 8;
constexpr std::size_t max_text = 2048;

using core::is_digit;
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

template <std::size_t N>
bool is_one_of(string_view text, const string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

bool is_public_domain(string_view label) {
  constexpr string_view list[] = {"com", "net", "org", "io",  "dev", "cloud", "app", "co", "tv", "de", "eu",
                                  "uk",  "us",  "info", "ai", "gov", "edu",   "internal", "local", "lan", "localdomain"};
  return is_one_of(label, list);
}

bool is_file_extension(string_view text) {
  constexpr string_view list[] = {"java", "go",  "py",  "js",  "mjs", "cjs", "ts",   "tsx",  "jsx",  "rb",  "cs",  "cpp", "cc", "c",
                                  "h",    "hpp", "kt",  "kts", "scala", "php", "rs",  "lua",  "sh",   "sql", "xml", "yaml",
                                  "yml",  "json", "conf", "cfg", "ini", "toml", "log", "txt", "html", "ex",  "erl", "swift", "vue"};
  return is_one_of(text, list);
}

// Words before a colon and a number that are no hosts ("status:503", "line:1042").
bool is_plain_word(string_view word) {
  constexpr string_view list[] = {"port",   "line",  "pid",   "id",    "code",    "status",  "count", "attempt", "attempts", "size",
                                  "offset", "index", "row",   "col",   "column",  "position", "time", "timeout", "took",     "duration",
                                  "errno",  "error", "level", "version", "thread", "retry",  "retries", "total", "length",   "len",
                                  "age",    "ttl",   "seq",   "batch", "shard",   "partition", "user", "uid",   "gid",      "exit",
                                  "http",   "https", "tcp",   "udp",   "listen",  "listening", "on",  "at",    "ms",       "bytes",
                                  "elapsed", "latency", "memory", "max", "min",   "limit",   "used",  "free",  "rows",     "items"};
  return is_one_of(word, list);
}

string_view last_label(string_view host) { return host.substr(host.rfind('.') + 1); }

std::vector<string_view> labels_of(string_view host) { return core::split(host, '.'); }

model::ResourceRef service_ref(string_view cluster, string_view ns, string_view name) {
  return make_ref(cluster, "service", ns, name);
}

// Scheme, user info, path and port removed.
string_view bare_host(string_view text) {
  if (const auto scheme = text.find("://"); scheme != string_view::npos) text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find_first_of("/?#"));
  if (const auto user = text.rfind('@'); user != string_view::npos) text.remove_prefix(user + 1);
  text = text.substr(0, text.find(':'));
  while (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

// Names of the cluster's own DNS: [pod.]service.namespace.svc…; nothing when there is no ".svc".
std::optional<model::ResourceRef> cluster_name(const std::vector<string_view>& labels, string_view cluster) {
  const auto svc = std::find(labels.begin(), labels.end(), "svc");
  const auto count = svc - labels.begin();
  if (svc == labels.end() || count < 2) return std::nullopt;
  return service_ref(cluster, labels[static_cast<std::size_t>(count - 1)], labels[static_cast<std::size_t>(count - 2)]);
}

}  // namespace

int port_of(string_view text) {
  const auto colon = text.rfind(':');
  if (colon == string_view::npos) return 0;
  const auto port = core::parse_int(text.substr(colon + 1));
  return port && *port > 0 && *port <= 65535 ? static_cast<int>(*port) : 0;
}

bool is_dns_name(string_view text) {
  if (text.empty() || text.size() > 253) return false;
  bool letter = false;
  char before = '.';
  for (const char c : text) {
    if (!is_lower(c) && !is_digit(c) && c != '-' && c != '.') return false;
    if (c == '.' && (before == '.' || before == '-')) return false;
    if (c == '-' && before == '.') return false;
    letter = letter || is_lower(c);
    before = c;
  }
  return letter && before != '-' && before != '.';
}

bool is_ipv4(string_view text) {
  int parts = 0;
  while (true) {
    const auto dot = text.find('.');
    const auto part = core::parse_int(text.substr(0, dot));
    if (!part || *part < 0 || *part > 255 || !is_digit(text[0]) || ++parts > 4) return false;
    if (dot == string_view::npos) return parts == 4;
    text.remove_prefix(dot + 1);
    if (text.empty()) return false;
  }
}

std::optional<model::ResourceRef> ref_of_host(string_view text, string_view cluster, string_view ns) {
  const auto host = bare_host(text);
  if (host.empty() || host == "localhost") return std::nullopt;
  if (is_ipv4(host)) {
    if (host.starts_with("127.") || host == "0.0.0.0") return std::nullopt;
    return make_ref(cluster, "address", {}, host);
  }
  if (!is_dns_name(host)) return std::nullopt;
  const auto labels = labels_of(host);
  if (auto named = cluster_name(labels, cluster)) return named;
  if (labels.size() == 1) return service_ref(cluster, ns, host);
  if (labels.size() == 2 && !is_public_domain(labels[1])) return service_ref(cluster, labels[1], labels[0]);
  return make_ref(cluster, "address", {}, host);
}

namespace {

bool is_separator(char c) {
  return string_view(" \t\r\n\"'`()<>,;[]{}|=*").find(c) != string_view::npos;
}

string_view trim_token(string_view token) {
  while (!token.empty() && string_view(":.-/").find(token.back()) != string_view::npos) token.remove_suffix(1);
  while (!token.empty() && string_view(":-/.").find(token.front()) != string_view::npos) token.remove_prefix(1);
  return token;
}

// "orders-db:5432", but neither "Main.java:57" nor "status:503" nor "redis:7".
bool is_host_with_port(string_view token) {
  const auto colon = token.rfind(':');
  if (colon == string_view::npos) return false;
  const auto host = token.substr(0, colon);
  const int port = port_of(token);
  if (port == 0 || (port < 1000 && port != 80 && port != 443 && port != 53)) return false;
  if (!is_dns_name(host) || !is_lower(host.front())) return false;
  if (host.find('.') != string_view::npos) return !is_file_extension(last_label(host));
  return host.size() >= 2 && !is_plain_word(host);
}

// Bare names count only after words that announce a host.
bool announces_host(string_view word) {
  return word == "lookup" || core::equals_ignore_case(word, "enotfound") || core::equals_ignore_case(word, "eai_again") ||
         word.ends_with("UnknownHostException");
}

std::optional<model::ResourceRef> ref_of_token(string_view token, string_view before, const model::ResourceRef& subject) {
  if (token.find("://") != string_view::npos) return ref_of_host(token, subject.cluster, subject.ns);
  const auto host = token.substr(0, token.find_first_of(":/"));
  if (is_ipv4(host)) {
    if (host.size() < token.size() && token[host.size()] == '/') return std::nullopt;  // a network, not a host
    if (port_of(token) >= 32768) return std::nullopt;                                  // a client's own end
    return ref_of_host(host, subject.cluster, subject.ns);
  }
  const bool in_cluster = host.find(".svc") != string_view::npos && is_dns_name(host);
  const bool bare = is_dns_name(host) && host.size() >= 3;
  const bool announced = bare && announces_host(before);
  const bool host_word = bare && (before == "host" || before == "hostname" || before == "upstream" || before == "name") &&
                         host.find_first_of("-.0123456789") != string_view::npos && !is_file_extension(last_label(host));
  if (in_cluster || announced || host_word || is_host_with_port(token)) {
    return ref_of_host(host, subject.cluster, subject.ns);
  }
  return std::nullopt;
}

}  // namespace

void add_named_hosts(model::Event& event, string_view text) {
  text = text.substr(0, max_text);
  const std::size_t limit = event.related.size() + max_hosts;
  string_view before;
  std::size_t at = 0;
  while (at < text.size() && event.related.size() < limit) {
    while (at < text.size() && is_separator(text[at])) ++at;
    std::size_t end = at;
    while (end < text.size() && !is_separator(text[end])) ++end;
    const auto token = trim_token(text.substr(at, end - at));
    at = end;
    if (token.empty()) continue;
    if (auto ref = ref_of_token(token, before, event.subject)) add_related(event, std::move(*ref));
    before = token;
  }
}

}  // namespace kgrca::normalize

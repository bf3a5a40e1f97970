#include "normalize/named_objects.h"

#include <algorithm>

#include "normalize/batch.h"

namespace kgrca::normalize {

namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

std::string_view name_at(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_name_char(text[end])) ++end;
  auto name = text.substr(from, end - from);
  while (name.ends_with('.')) name.remove_suffix(1);
  return name.size() <= 253 ? name : std::string_view{};
}

struct Phrase {
  std::string_view before;
  std::string_view kind;
};
// `secret "x"`; the API server puts the group after the kind.
constexpr Phrase quoted_phrases[] = {
    {"secret \"", "secret"},
    {"secrets \"", "secret"},
    {"configmap \"", "configmap"},
    {"configmaps \"", "configmap"},
    {"persistentvolumeclaim \"", "persistentvolumeclaim"},
    {"persistentvolumeclaims \"", "persistentvolumeclaim"},
    {"storageclass.storage.k8s.io \"", "storageclass"},
    {"serviceaccount \"", "serviceaccount"},
    {"serviceaccounts \"", "serviceaccount"},
};
constexpr Phrase start_phrases[] = {
    {"Created pod: ", "pod"},
    {"Deleted pod: ", "pod"},
    {"Created job ", "job"},
    {"Scaled up replica set ", "replicaset"},
    {"Scaled down replica set ", "replicaset"},
};

void add_quoted(model::Event& event, std::string_view message) {
  for (const auto& phrase : quoted_phrases) {
    const auto at = message.find(phrase.before);
    if (at == std::string_view::npos) continue;
    const auto name = name_at(message, at + phrase.before.size());
    if (!name.empty()) add_related(event, make_ref(event.subject.cluster, phrase.kind, event.subject.ns, name));
  }
}

}  // namespace

void add_named_objects(model::Event& event, std::string_view message) {
  if (message.empty()) return;
  for (const auto& phrase : start_phrases) {
    if (!message.starts_with(phrase.before)) continue;
    const auto name = name_at(message, phrase.before.size());
    if (!name.empty()) add_related(event, make_ref(event.subject.cluster, phrase.kind, event.subject.ns, name));
    return;
  }
  if (event.severity < model::Severity::warning) return;
  const auto quote = message.find('"');
  if (quote == std::string_view::npos) return;
  add_quoted(event, message.substr(0, std::min<std::size_t>(message.size(), max_message_bytes)));
}

}  // namespace kgrca::normalize

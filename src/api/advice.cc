#include "kgrca/api/advice.h"

#include <algorithm>
#include <cstdlib>

#include "kgrca/core/strings.h"
#include "kgrca/core/yaml.h"

namespace kgrca::embedded {
extern const std::string_view advice_yaml;
}

namespace kgrca::api {
namespace {

std::vector<std::string> texts_of(const core::Yaml& row, std::string_view key) {
  std::vector<std::string> out;
  const core::Yaml* list = row.find(key);
  if (list == nullptr) return out;
  for (const core::Yaml& item : list->items()) out.push_back(item.text());
  return out;
}

bool admits(const std::vector<std::string>& allowed, std::string_view value) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

std::string kubectl_kind(std::string_view kind) {
  if (kind == "deployment") return "deploy";
  if (kind == "statefulset") return "sts";
  if (kind == "daemonset") return "ds";
  if (kind == "persistentvolumeclaim") return "pvc";
  return std::string(kind);
}

// The characters Kubernetes allows in names: what is filled into a command cannot hold anything a shell would read.
bool safe_in_command(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

// Nothing when a placeholder has no fitting value.
std::optional<std::string> filled(std::string_view pattern, const AdviceSubject& subject) {
  std::string out;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    out.append(pattern.substr(0, open));
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    std::string value;
    if (name == "ns") value = subject.resource.ns;
    if (name == "name") value = subject.resource.name;
    if (name == "kind") value = kubectl_kind(subject.resource.kind);
    if (name == "owner") value = subject.owner.name;
    if (name == "owner_kind") value = kubectl_kind(subject.owner.kind);
    if (!safe_in_command(value)) return std::nullopt;
    out.append(value);
    pattern.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace

core::StatusOr<std::shared_ptr<const Advice>> Advice::parse(std::string_view yaml) {
  KGRCA_ASSIGN_OR_RETURN(const core::Yaml root, core::Yaml::parse(yaml));
  const core::Yaml* rows = root.find("advice");
  if (rows == nullptr || rows->kind() != core::Yaml::Kind::list) {
    return core::invalid_argument("advice: the list 'advice' is missing");
  }
  auto advice = std::make_shared<Advice>();
  for (const core::Yaml& item : rows->items()) {
    Row row;
    row.groups = texts_of(item, "groups");
    row.types = texts_of(item, "types");
    row.kinds = texts_of(item, "kinds");
    row.command = item.text_or("command", "");
    row.risk = item.text_or("risk", "");
    row.why = item.text_or("why", "");
    if (row.command.empty() || row.why.empty() || !admits({"none", "low", "medium", "high"}, row.risk)) {
      return core::invalid_argument(core::cat("advice, line ", item.line(),
                                              ": a row needs command, why and risk (none, low, medium or high)"));
    }
    advice->rows_.push_back(std::move(row));
  }
  return std::shared_ptr<const Advice>(std::move(advice));
}

std::shared_ptr<const Advice> Advice::embedded() {
  auto advice = parse(kgrca::embedded::advice_yaml);
  if (!advice.ok()) std::abort();
  return *std::move(advice);
}

std::optional<Recommendation> Advice::find(const AdviceSubject& subject) const {
  for (const Row& row : rows_) {
    if (!admits(row.groups, subject.group) || !admits(row.types, subject.type) || !admits(row.kinds, subject.resource.kind)) {
      continue;
    }
    if (auto command = filled(row.command, subject)) return Recommendation{*std::move(command), row.risk, row.why};
  }
  return std::nullopt;
}

}  // namespace kgrca::api

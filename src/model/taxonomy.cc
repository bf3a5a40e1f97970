#include "kgrca/model/taxonomy.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "kgrca/core/log.h"
#include "model/taxonomy_data.h"

namespace kgrca::embedded {
extern const std::string_view taxonomy_yaml;
}

namespace kgrca::model {
namespace {

constexpr std::size_t log_bytes_max = 4096;

bool contains_any(std::string_view lower, const std::vector<std::string>& texts) {
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& t) { return lower.find(t) != std::string_view::npos; });
}

// What rows of Kubernetes reasons are compared with; most ask for neither the kind nor the message.
class KubernetesEvent {
 public:
  KubernetesEvent(std::string_view message, std::string_view kind, bool warning)
      : message_(message), kind_(kind), warning_(warning) {}

  bool fits(const KubernetesRow& row) {
    if (row.warning && *row.warning != warning_) return false;
    if (!row.kind.empty() && row.kind != canonical_kind(kind_)) return false;
    if (!row.any.empty() && !contains_any(lower_message(), row.any)) return false;
    return std::all_of(row.all.begin(), row.all.end(), [&](const auto& group) { return contains_any(lower_message(), group); });
  }

 private:
  const std::string& lower_message() {
    if (!lower_) lower_ = core::to_lower(message_);
    return *lower_;
  }

  std::string_view message_;
  std::string_view kind_;
  bool warning_;
  std::optional<std::string> lower_;
};

bool fits(const LogRow& row, const PatternBits& found, Severity severity) {
  if (severity < row.least) return false;
  if (!row.any.empty() && !intersects(row.any, found)) return false;
  if (!row.none.empty() && intersects(row.none, found)) return false;
  return std::all_of(row.all.begin(), row.all.end(), [&](const PatternBits& bits) { return intersects(bits, found); });
}

bool value_fits(const std::optional<std::vector<std::string>>& patterns, std::string_view value) {
  if (!patterns) return true;
  return std::any_of(patterns->begin(), patterns->end(), [&](const std::string& p) { return glob_match(p, value); });
}

bool fits(const ChangeRow& row, const FieldChange& change) {
  std::string_view path = change.path;
  std::string_view bare = path;
  if (bare.starts_with("spec.")) bare.remove_prefix(5);
  const bool path_fits = std::any_of(row.paths.begin(), row.paths.end(), [&](const std::string& pattern) {
    return glob_match(pattern, bare) || glob_match(pattern, path);
  });
  if (!path_fits || !value_fits(row.before, change.before) || !value_fits(row.after, change.after)) return false;
  return row.not_after.empty() || !value_fits(row.not_after, change.after);
}

}  // namespace

struct Taxonomy::Impl {
  TaxonomyData data;

  const AlertRow* find_alert(std::string_view name) const {
    if (const auto found = data.alerts.find(name); found != data.alerts.end()) return &found->second;
    const std::string squeezed = squeeze_name(name, false);
    for (const AlertFamily& family : data.families) {
      if (glob_match(family.pattern, squeezed)) return &family.row;
    }
    return nullptr;
  }

  Match known(std::size_t type, std::optional<Severity> severity) const {
    return {.type = data.types[type].id, .severity = severity, .known = true};
  }

  Match known_log(const LogRow& row, Severity severity) const {
    const bool lifts = row.severity && *row.severity > severity;
    return known(row.type, lifts ? row.severity : std::nullopt);
  }
};

Taxonomy::Taxonomy(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

core::StatusOr<std::shared_ptr<const Taxonomy>> Taxonomy::parse(std::string_view yaml) {
  KGRCA_ASSIGN_OR_RETURN(TaxonomyData data, load_taxonomy(yaml));
  auto impl = std::make_shared<Impl>();
  impl->data = std::move(data);
  return std::shared_ptr<const Taxonomy>(new Taxonomy(std::move(impl)));
}

std::shared_ptr<const Taxonomy> Taxonomy::embedded() {
  static const std::shared_ptr<const Taxonomy> loaded = [] {
    auto parsed = parse(kgrca::embedded::taxonomy_yaml);
    if (!parsed.ok()) {
      core::log(core::LogLevel::error, "embedded_taxonomy_broken", {{"reason", core::message_of(parsed.status())}});
      std::abort();
    }
    return *std::move(parsed);
  }();
  return loaded;
}

const EventType* Taxonomy::find(std::string_view type_id) const {
  const auto found = impl_->data.type_index.find(type_id);
  return found == impl_->data.type_index.end() ? nullptr : &impl_->data.types[found->second];
}

EventType Taxonomy::describe(std::string_view type_id, Severity severity) const {
  if (const EventType* known = find(type_id)) return *known;
  const bool trouble = severity >= Severity::warning;
  return {.id = std::string(type_id),
          .group = trouble ? "other" : "lifecycle",
          .role = trouble ? Role::fault : Role::benign,
          .severity = severity,
          .title = std::string(type_id)};
}

Taxonomy::Match Taxonomy::match_kubernetes(std::string_view reason, std::string_view message, std::string_view kind,
                                           bool warning) const {
  const auto& data = impl_->data;
  if (const auto rows = data.kubernetes.find(reason); rows != data.kubernetes.end()) {
    KubernetesEvent event(message, kind, warning);
    for (const KubernetesRow& row : rows->second) {
      if (!event.fits(row)) continue;
      return impl_->known(row.type, row.severity.value_or(data.types[row.type].severity));
    }
  }
  if (const auto same = data.type_index.find(reason); same != data.type_index.end()) {
    return impl_->known(same->second, data.types[same->second].severity);
  }
  return {.type = std::string(reason), .severity = std::nullopt, .known = false};
}

Taxonomy::Match Taxonomy::match_alert(std::string_view alert_name) const {
  const AlertRow* row = impl_->find_alert(alert_name);
  if (row != nullptr) return impl_->known(row->type, row->severity);
  return {.type = std::string(alert_name), .severity = std::nullopt, .known = false};
}

std::optional<core::Duration> Taxonomy::alert_for(std::string_view alert_name, std::optional<Severity> severity) const {
  const AlertRow* row = impl_->find_alert(alert_name);
  if (row == nullptr) return std::nullopt;
  for (const auto& [of, duration] : row->by_severity) {
    if (severity && *severity == of) return duration;
  }
  return row->longest;
}

std::string_view Taxonomy::alert_kind(std::string_view alert_name) const {
  const AlertRow* row = impl_->find_alert(alert_name);
  return row == nullptr ? std::string_view{} : std::string_view(row->kind);
}

Taxonomy::Match Taxonomy::match_log(std::string_view message, Severity severity) const {
  const auto& data = impl_->data;
  thread_local PatternBits found;
  thread_local PatternBits rows;
  if (data.log_patterns.scan(message.substr(0, log_bytes_max), found)) {
    rows.assign((data.logs.size() + 63) / 64, 0);
    for_each_bit(found, [&](std::size_t pattern) {
      for (std::size_t word = 0; word < rows.size(); ++word) rows[word] |= data.log_rows_of[pattern][word];
      return true;
    });
    const LogRow* first = nullptr;
    for_each_bit(rows, [&](std::size_t row) {
      if (fits(data.logs[row], found, severity)) first = &data.logs[row];
      return first == nullptr;
    });
    if (first != nullptr) return impl_->known_log(*first, severity);
  }
  const auto level = std::min<std::size_t>(static_cast<std::size_t>(severity), std::size(data.log_fallback) - 1);
  return impl_->known(data.log_fallback[level], std::nullopt);
}

std::optional<Taxonomy::Match> Taxonomy::match_change(std::string_view kind, const std::vector<FieldChange>& changes) const {
  const auto& data = impl_->data;
  const auto rows = data.changes.find(canonical_kind(kind));
  if (rows == data.changes.end()) return std::nullopt;
  for (const ChangeRow& row : rows->second) {
    const bool matched = std::any_of(changes.begin(), changes.end(), [&](const FieldChange& c) { return fits(row, c); });
    if (matched) return impl_->known(row.type, row.severity.value_or(data.types[row.type].severity));
  }
  return std::nullopt;
}

const std::vector<EventType>& Taxonomy::types() const { return impl_->data.types; }
const std::vector<std::string>& Taxonomy::groups() const { return impl_->data.groups; }
std::uint64_t Taxonomy::version() const { return impl_->data.version; }

}  // namespace kgrca::model

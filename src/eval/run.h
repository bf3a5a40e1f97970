// One recorded case through the production lanes, with the arrival time as the clock.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "eval/told_links.h"
#include "kgrca/core/manual_clock.h"
#include "kgrca/eval/eval.h"
#include "kgrca/graph/records.h"
#include "kgrca/model/incident.h"
#include "kgrca/pipeline/lane.h"
#include "kgrca/store/store.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::eval {

// An incident as it is to be reported, with the arrival time at which it first opened.
struct SeenIncident {
  model::Incident incident;
  core::Time opened{};
  bool frozen = false;   // `at` has passed since it opened
};

struct TenantRun {
  std::string name;
  core::TenantNumber number{};
  std::unique_ptr<pipeline::Lane> lane;
  ToldLinks links;
  std::map<core::IncidentId, SeenIncident> incidents;
};

class CaseRun {
 public:
  // A fresh store in a temporary directory that goes with this object.
  static core::StatusOr<std::unique_ptr<CaseRun>> open(core::Duration at);
  ~CaseRun();

  core::Status feed(const StreamRecord& record);
  // Lets open work settle after the last record.
  core::Status finish();

  const std::map<std::string, TenantRun>& tenants() const { return tenants_; }
  core::StatusOr<graph::GraphReader> reader(const TenantRun& tenant) const;
  std::size_t records() const { return records_; }
  std::size_t rejected() const { return rejected_; }
  const std::string& first_rejection() const { return first_rejection_; }

 private:
  CaseRun() = default;
  core::StatusOr<TenantRun*> tenant(const std::string& name);
  void take(TenantRun& tenant, const rca::Delta& delta, core::Time now);
  void freeze(TenantRun& tenant, core::Time now);

  std::string directory_;
  core::Duration at_{};
  core::ManualClock clock_;
  core::Metrics metrics_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<tenancy::Tenancy> tenancy_;
  std::map<std::string, TenantRun> tenants_;
  pipeline::LaneOptions options_;
  std::size_t records_ = 0;
  std::size_t rejected_ = 0;
  std::string first_rejection_;
};

// Decodes one stream record with the server's decoders, chosen by `source` and `topic`.
normalize::Decoded decode_record(const StreamRecord& record, const normalize::Context& context);

}  // namespace kgrca::eval

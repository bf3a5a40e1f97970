// Several recorded cases as one: the same tenant, the same cluster, the same hour.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kgrca/eval/eval.h"

namespace kgrca::eval {

struct RecordedCase {
  std::string name;
  std::vector<StreamRecord> records;
  std::string truth;  // text of case.json, empty when there is none; only carried along, never shown to an engine
};

// The first case stays as it is; of each further one the records of its largest tenant move into the first one's tenant and
// cluster and begin within ten minutes of it. Their nodes and namespaces (but kube-* and default) get names of their own, in every
// text, so that applications do not mix; what both cases have in the namespaces they share is one object: it takes the uid of the
// first, and its first state record is left out, since it would read as a change. Truths are joined the same way, ids included.
// `chance` gives numbers of [0, 1).
RecordedCase overlay(std::vector<RecordedCase> cases, const std::function<double()>& chance);

}  // namespace kgrca::eval

#pragma once

#include <string_view>

#include "normalize/batch.h"

namespace kgrca::normalize {

// Sets the subject and the related resources of an alert from its labels (sorted by name). The most specific resource the
// alert speaks about is the subject; labels that only name the scrape target (an exporter's pod, service, instance) count
// last. An alert without any resource is about the cluster.
void set_alert_subject(model::Event& event, std::string_view alert_name, const Pairs& sorted_labels, std::string_view cluster);

}  // namespace kgrca::normalize

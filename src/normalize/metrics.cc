#include "normalize/batch.h"

namespace kgrca::normalize {

namespace {

using wire::JsonValue;

std::string missing_part(JsonValue sample) {
  if (!sample.is_object()) return core::cat("the sample is ", kind_name(sample), ", expected {metric, labels, ts, value}");
  if (sample["metric"].string_or().empty()) return "metric is missing: name the metric";
  if (!sample["value"].number()) return core::cat("value is ", kind_name(sample["value"]), ", expected a finite number");
  return {};
}

void decode_sample(JsonValue value, Batch& batch) {
  batch.next_item();
  if (auto missing = missing_part(value); !missing.empty()) return batch.reject(std::move(missing));
  model::Sample sample;
  sample.metric = core::clip_utf8(value["metric"].string_or(), max_value_bytes);
  sample.value = *value["value"].number();
  bool clamped = false;
  const auto time = first_time({value["ts"], value["timestamp"], value["time"]});
  sample.at = batch.clamp(time.value_or(batch.context().received), clamped);
  sample.labels = read_pairs(value["labels"], batch);
  batch.add(std::move(sample));
}

}  // namespace

Decoded decode_metrics(std::string_view body, const Context& context) {
  Batch batch(context);
  wire::JsonDocument document;
  each_value(body, batch, document, [&batch](JsonValue value) {
    const auto samples = value["samples"];
    if (!samples.is_array()) return decode_sample(value, batch);
    samples.each_item([&batch](JsonValue sample) {
      decode_sample(sample, batch);
      return true;
    });
  });
  return batch.take();
}

}  // namespace kgrca::normalize

#include "kgrca/core/metrics.h"

#include <algorithm>
#include <map>
#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace kgrca::core {

namespace {

using Key = std::pair<std::string, std::map<std::string, std::string>>;

Key key_of(const std::string& name, const Labels& labels) { return {name, {labels.begin(), labels.end()}}; }

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void add(double amount) override { counter_.Increment(amount); }
  double value() const override { return counter_.Value(); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) override { gauge_.Set(value); }
  void add(double amount) override { gauge_.Increment(amount); }
  double value() const override { return gauge_.Value(); }

 private:
  prometheus::Gauge& gauge_;
};

// Values are taken as spread evenly inside their bucket; past the last bound nothing is known but the bound.
double estimate_quantile(const prometheus::ClientMetric::Histogram& histogram, double q) {
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(histogram.sample_count);
  double lower_bound = 0;
  double lower_count = 0;
  for (std::size_t i = 0; i + 1 < histogram.bucket.size(); ++i) {
    const auto& bucket = histogram.bucket[i];
    const auto count = static_cast<double>(bucket.cumulative_count);
    if (count >= rank && count > lower_count) {
      return lower_bound + (bucket.upper_bound - lower_bound) * (rank - lower_count) / (count - lower_count);
    }
    lower_bound = bucket.upper_bound;
    lower_count = count;
  }
  return lower_bound;
}

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double value) override { histogram_.Observe(value); }
  double quantile(double q) const override {
    const prometheus::ClientMetric::Histogram histogram = histogram_.Collect().histogram;
    return histogram.sample_count == 0 ? 0 : estimate_quantile(histogram, q);
  }

 private:
  prometheus::Histogram& histogram_;
};

// The wrapper under `key`, made by `make` the first time.
template <typename Wrapper, typename Make>
Wrapper& find_or_make(std::map<Key, std::unique_ptr<Wrapper>>& known, const Key& key, const Make& make) {
  auto& slot = known[key];
  if (!slot) slot = std::make_unique<Wrapper>(make());
  return *slot;
}

}  // namespace

struct Metrics::Impl {
  std::mutex mutex;  // guards the maps; the registry and the metrics lock for themselves
  prometheus::Registry registry;
  std::map<Key, std::unique_ptr<PrometheusCounter>> counters;
  std::map<Key, std::unique_ptr<PrometheusGauge>> gauges;
  std::map<Key, std::unique_ptr<PrometheusHistogram>> histograms;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

// A malformed name or one name for two kinds is a fault of our own code: the library's exception ends the process.
Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  const Key key = key_of(name, labels);
  return find_or_make(impl_->counters, key, [&] {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    return PrometheusCounter(family.Add(key.second));
  });
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  const Key key = key_of(name, labels);
  return find_or_make(impl_->gauges, key, [&] {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    return PrometheusGauge(family.Add(key.second));
  });
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                              const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  const Key key = key_of(name, labels);
  return find_or_make(impl_->histograms, key, [&] {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    return PrometheusHistogram(family.Add(key.second, buckets));
  });
}

std::string Metrics::expose() const { return prometheus::TextSerializer().Serialize(impl_->registry.Collect()); }

const std::vector<double>& Metrics::latency_buckets() {
  static const std::vector<double> buckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                           0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  return buckets;
}

}  // namespace kgrca::core

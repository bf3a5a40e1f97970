#include "kgrca/core/metrics.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace kgrca::core;

TEST_CASE("metrics: the same name and labels give the same metric") {
  Metrics metrics;
  Counter& first = metrics.counter("kgrca_things_total", "Things.", {{"kind", "a"}, {"of", "b"}});
  Counter& same = metrics.counter("kgrca_things_total", "Things.", {{"of", "b"}, {"kind", "a"}});
  Counter& other = metrics.counter("kgrca_things_total", "Things.", {{"kind", "z"}});
  CHECK(&first == &same);
  CHECK(&first != &other);
  first.add();
  same.add(2.5);
  CHECK(first.value() == 3.5);
  CHECK(other.value() == 0);
}

TEST_CASE("metrics: gauges go up and down") {
  Metrics metrics;
  Gauge& gauge = metrics.gauge("kgrca_queue_bytes", "Bytes.");
  gauge.set(10);
  gauge.add(-4);
  CHECK(gauge.value() == 6);
}

TEST_CASE("metrics: everything is exposed in the text format") {
  Metrics metrics;
  metrics.counter("kgrca_a_total", "A's.", {{"kind", "x\"\n"}}).add(3);
  metrics.histogram("kgrca_b_seconds", "B.", {0.5, 1}).observe(0.7);
  const std::string text = metrics.expose();
  CHECK(text.find("# TYPE kgrca_a_total counter\n") != std::string::npos);
  CHECK(text.find("kgrca_a_total{kind=\"x\\\"\\n\"} 3\n") != std::string::npos);
  CHECK(text.find("kgrca_b_seconds_bucket{le=\"0.5\"} 0\n") != std::string::npos);
  CHECK(text.find("kgrca_b_seconds_bucket{le=\"+Inf\"} 1\n") != std::string::npos);
  CHECK(text.find("kgrca_b_seconds_count 1\n") != std::string::npos);
}

TEST_CASE("metrics: quantiles lie inside the bucket that holds them") {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("kgrca_c_seconds", "C.", {1, 2, 4});
  CHECK(histogram.quantile(0.5) == 0);
  for (int i = 0; i < 50; ++i) histogram.observe(0.5);
  for (int i = 0; i < 50; ++i) histogram.observe(3);
  CHECK(histogram.quantile(0.25) == Approx(0.5));
  CHECK(histogram.quantile(0.5) == Approx(1));
  CHECK(histogram.quantile(0.75) == Approx(3));
  CHECK(histogram.quantile(1) == Approx(4));
  CHECK(histogram.quantile(7) == Approx(4));
  histogram.observe(1000);
  CHECK(histogram.quantile(1) == Approx(4));
  CHECK(histogram.quantile(0) == 0);
}

TEST_CASE("metrics: the latency buckets rise from 100 µs to 10 s") {
  const auto& buckets = Metrics::latency_buckets();
  CHECK(buckets.front() == 0.0001);
  CHECK(buckets.back() == 10);
  CHECK(std::is_sorted(buckets.begin(), buckets.end()));
}

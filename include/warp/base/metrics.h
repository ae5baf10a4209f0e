// Metrics: a facade over prometheus-cpp. Handles are looked up once and kept; an update is one atomic add.
//
// Names: warp_<room>_<what>_<unit>[_total]. Labels are few and bounded (never a number dialled, an
// address or an id). docs/metrics.md lists them all; a test compares it with the registry.
// Thread-safe. Handles live as long as the Registry.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warp::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(std::uint64_t count = 1) = 0;
  virtual std::uint64_t value() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double delta) = 0;
  virtual double value() const = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

class Registry {
 public:
  Registry();
  ~Registry();

  // The same name and labels give the same handle. `help` is one sentence; `name` without labels must
  // always come with the same help.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> buckets,
                       const Labels& labels = {});
  // Called at every scrape, before collecting: for gauges that are cheaper to compute than to keep.
  void on_scrape(std::function<void()> refresh);

  // Prometheus text format 0.0.4.
  std::string expose() const;
  // What there is, by name: docs/metrics.md is made of it. Refreshes as a scrape does.
  struct Family {
    std::string name, type, help;     // type: "counter", "gauge" or "histogram"
    std::vector<std::string> labels;  // names, sorted
  };
  std::vector<Family> catalogue() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::metrics

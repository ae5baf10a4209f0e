#include "warp/base/metrics.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace warp::metrics {
namespace {

// Counts in a plain atomic and is copied out at a scrape: prometheus-cpp's own counter is a
// compare-exchange loop on a double, and this one is on the path of every packet batch and message.
class AtomicCounter final : public Counter {
 public:
  void add(std::uint64_t count) override { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const override { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class CounterCollector final : public prometheus::Collectable {
 public:
  struct Family {
    std::string help;
    std::map<Labels, AtomicCounter> counters;
  };

  AtomicCounter& get(std::string_view name, std::string_view help, const Labels& labels) {
    std::lock_guard guard(mutex_);
    auto& family = families_[std::string(name)];
    family.help = help;
    return family.counters[labels];
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    std::lock_guard guard(mutex_);
    std::vector<prometheus::MetricFamily> out;
    for (const auto& [name, family] : families_) {
      prometheus::MetricFamily exported{name, family.help, prometheus::MetricType::Counter, {}};
      for (const auto& [labels, counter] : family.counters) {
        prometheus::ClientMetric metric;
        for (const auto& [key, value] : labels)
          metric.label.push_back({key, value});
        metric.counter.value = static_cast<double>(counter.value());
        exported.metric.push_back(std::move(metric));
      }
      out.push_back(std::move(exported));
    }
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) override { gauge_.Set(value); }
  void add(double delta) override { gauge_.Increment(delta); }
  double value() const override { return gauge_.Value(); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

std::string type_name(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Gauge:
      return "gauge";
    case prometheus::MetricType::Histogram:
      return "histogram";
    case prometheus::MetricType::Summary:
    case prometheus::MetricType::Untyped:
      break;
  }
  return "untyped";
}

std::map<std::string, std::string> to_map(const Labels& labels) {
  return {labels.begin(), labels.end()};
}

}  // namespace

struct Registry::Impl {
  prometheus::Registry registry;
  CounterCollector counters;
  mutable std::mutex mutex;  // guards what follows
  std::map<std::pair<std::string, Labels>, PrometheusGauge> gauges;
  std::map<std::pair<std::string, Labels>, PrometheusHistogram> histograms;
  std::vector<std::function<void()>> refreshes;

  std::vector<prometheus::MetricFamily> collect() const {
    std::vector<std::function<void()>> wanted;
    {
      std::lock_guard guard(mutex);
      wanted = refreshes;
    }
    for (const auto& refresh : wanted)
      refresh();
    auto families = registry.Collect();
    for (auto& family : counters.Collect())
      families.push_back(std::move(family));
    return families;
  }
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return impl_->counters.get(name, help, labels);
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  std::lock_guard guard(impl_->mutex);
  const std::pair key(std::string(name), labels);
  auto found = impl_->gauges.find(key);
  if (found == impl_->gauges.end()) {
    auto& family = prometheus::BuildGauge().Name(key.first).Help(std::string(help)).Register(impl_->registry);
    found = impl_->gauges.emplace(key, PrometheusGauge(family.Add(to_map(labels)))).first;
  }
  return found->second;
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, std::vector<double> buckets,
                               const Labels& labels) {
  std::lock_guard guard(impl_->mutex);
  const std::pair key(std::string(name), labels);
  auto found = impl_->histograms.find(key);
  if (found == impl_->histograms.end()) {
    auto& family =
        prometheus::BuildHistogram().Name(key.first).Help(std::string(help)).Register(impl_->registry);
    found =
        impl_->histograms.emplace(key, PrometheusHistogram(family.Add(to_map(labels), std::move(buckets))))
            .first;
  }
  return found->second;
}

void Registry::on_scrape(std::function<void()> refresh) {
  std::lock_guard guard(impl_->mutex);
  impl_->refreshes.push_back(std::move(refresh));
}

std::string Registry::expose() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->collect());
  return out.str();
}

std::vector<Registry::Family> Registry::catalogue() const {
  std::vector<Family> out;
  for (const auto& family : impl_->collect()) {
    std::set<std::string> labels;
    for (const auto& metric : family.metric)
      for (const auto& label : metric.label)
        labels.insert(label.name);
    out.push_back({family.name, type_name(family.type), family.help, {labels.begin(), labels.end()}});
  }
  std::sort(out.begin(), out.end(), [](const Family& a, const Family& b) { return a.name < b.name; });
  return out;
}

}  // namespace warp::metrics

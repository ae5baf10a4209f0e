// StirUnit: STIR/SHAKEN joined together: the service with its files, certificates fetched on the control
// loop.
#pragma once

#include <memory>

#include "warp/integrations/certificate_fetcher.h"
#include "warp/integrations/stir_service.h"
#include "warp/net/task_group.h"

#include "app/config.h"

namespace warp::app {

integrations::StirFiles stir_files(const Config& config);

class StirUnit {
 public:
  struct Needs {
    net::TaskGroup& tasks;  // of the control loop; cancelled before this goes
    const Clock& clock;
    log::Logger& log;
    metrics::Registry& metrics;
  };
  // Throws std::runtime_error with a sentence for people.
  StirUnit(const Config& config, const Needs& needs);

  integrations::StirService& service() { return *service_; }
  void reload(const Config& config);  // the files; what is wrong with them is logged, and the old ones stay

 private:
  log::Logger& log_;
  std::unique_ptr<integrations::HttpsCertificateFetcher> fetcher_;
  std::unique_ptr<integrations::StirService> service_;
};

}  // namespace warp::app

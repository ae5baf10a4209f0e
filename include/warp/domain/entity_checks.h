// EntityChecks: what is known of companies and their tax numbers: a provider of such data, or what this
// platform has seen itself.
//
// As PortingPort: asked on the API's loop, every `done` exactly once, perhaps inside the call.
#pragma once

#include <string>
#include <string_view>

#include "warp/domain/porting_port.h"

namespace warp::domain {

struct CompanyQuestion {
  std::string company_name;
  std::string street, city, state, zip_code;  // may be empty
};

class EntityChecks {
 public:
  virtual ~EntityChecks() = default;
  virtual std::string_view name() const = 0;  // "embedded", "tincomply"

  // {"company_name", "ein", "street", "city", "state", "zip_code", "source"}; NotFound: nobody knows it.
  virtual void company(CompanyQuestion question, PortDone<PortDocument> done) = 0;
  virtual void ein(std::string digits, PortDone<PortDocument> done) = 0;
  // Does the name belong to the number?
  virtual void match(std::string tin, std::string company_name, PortDone<bool> done) = 0;
};

}  // namespace warp::domain

// What the programs of the rtp benchmark are told behind their fixed arguments: key=value.
#pragma once

#include <map>
#include <string>

namespace warp::bench {

class Arguments {
 public:
  Arguments(int argc, char** argv, int from) {
    for (int i = from; i < argc; ++i) {
      const std::string word = argv[i];
      const auto equals = word.find('=');
      values_[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
    }
  }
  // Empty: not given.
  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? "" : found->second;
  }
  unsigned number(const std::string& key, unsigned otherwise) const {
    const auto value = text(key);
    return value.empty() ? otherwise : static_cast<unsigned>(std::stoul(value));
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace warp::bench

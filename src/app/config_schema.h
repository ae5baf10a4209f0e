// The machinery of configuration: a table of keys bound to members of Config, read from YAML with every fault
// reported as file, line, what is wrong and what to do. The same table renders the JSON schema and the
// documentation.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

namespace warp::app {

enum class Applies : std::uint8_t { Live, Restart };  // on SIGHUP, or at the next start

struct Key {
  std::string path;  // "media.ports.from"
  std::string doc;   // one sentence
  Applies applies = Applies::Restart;
  nlohmann::ordered_json schema;                       // of the value
  std::function<std::string(const YAML::Node&)> read;  // stores the value; answers what is wrong, or empty
  std::function<std::string()> show;                   // the value as YAML flow text
};

struct ConfigFault {
  std::string file;
  int line = 0;  // from 1; 0: the file as a whole
  std::string key;
  std::string problem, cure;

  std::string to_string() const;  // "warp.yaml:12: sip.shards: …; …"
};

// Reads the file into what `keys` are bound to. Keys that the file does not name keep their value. All faults
// are found, not just the first.
std::vector<ConfigFault> read_yaml(const std::string& file, const std::vector<Key>& keys);

nlohmann::ordered_json json_schema(const std::vector<Key>& keys);
// The fully commented configuration file with the present values.
std::string render_example(const std::vector<Key>& keys);
// docs/configuration.md
std::string render_documentation(const std::vector<Key>& keys);

}  // namespace warp::app

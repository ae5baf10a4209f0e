#include "app/config_schema.h"

#include <algorithm>
#include <map>
#include <set>

namespace warp::app {
namespace {

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t dot; (dot = path.find('.', from)) != std::string::npos; from = dot + 1)
    parts.push_back(path.substr(from, dot - from));
  parts.push_back(path.substr(from));
  return parts;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substitution, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

class Reader {
 public:
  Reader(const std::string& file, const std::vector<Key>& keys) : file_(file) {
    for (const auto& key : keys) {
      keys_[key.path] = &key;
      auto parts = split_path(key.path);
      for (parts.pop_back(); !parts.empty(); parts.pop_back()) {
        std::string section;
        for (const auto& part : parts)
          section += (section.empty() ? "" : ".") + part;
        sections_.insert(section);
      }
    }
  }

  void walk(const YAML::Node& node, const std::string& prefix) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const auto name = entry.first.IsScalar() ? entry.first.Scalar() : std::string("?");
      const auto path = prefix.empty() ? name : prefix + "." + name;
      if (!seen.insert(name).second) {
        fault(entry.first, path, "is given twice", "keep one of the two");
      } else if (const auto key = keys_.find(path); key != keys_.end()) {
        if (auto problem = key->second->read(entry.second); !problem.empty())
          fault(entry.second, path, problem, key->second->doc);
      } else if (!sections_.contains(path)) {
        fault(entry.first, path, "is not a key of this configuration", suggestion(path));
      } else if (entry.second.IsMap()) {
        walk(entry.second, path);
      } else if (!entry.second.IsNull()) {
        fault(entry.second, path, "must be a section with keys of its own", "indent its keys below it");
      }
    }
  }

  void fault(const YAML::Node& where, std::string key, std::string problem, std::string cure) {
    faults.push_back({file_, where.Mark().line + 1, std::move(key), std::move(problem), std::move(cure)});
  }

  std::vector<ConfigFault> faults;

 private:
  std::string suggestion(const std::string& path) const {
    std::string best;
    std::size_t distance = 4;
    auto consider = [&](const std::string& known) {
      if (const auto d = edit_distance(path, known); d < distance) {
        distance = d;
        best = known;
      }
    };
    for (const auto& [known, key] : keys_)
      consider(known);
    for (const auto& known : sections_)
      consider(known);
    return best.empty() ? "remove it, or see docs/configuration.md for the keys there are"
                        : "did you mean `" + best + "`?";
  }

  const std::string& file_;
  std::map<std::string, const Key*> keys_;
  std::set<std::string> sections_;
};

}  // namespace

std::string ConfigFault::to_string() const {
  auto text = file;
  if (line > 0) text += ":" + std::to_string(line);
  if (!key.empty()) text += ": " + key;
  text += (key.empty() ? ": " : " ") + problem;
  if (!cure.empty()) text += ". Cure: " + cure;
  return text;
}

std::vector<ConfigFault> read_yaml(const std::string& file, const std::vector<Key>& keys) {
  try {
    const auto root = YAML::LoadFile(file);
    Reader reader(file, keys);
    if (root.IsNull()) return {};
    if (!root.IsMap())
      return {{file, 1, "", "is not a YAML map", "write sections such as `sip:` with keys below"}};
    reader.walk(root, "");
    return std::move(reader.faults);
  } catch (const YAML::BadFile&) {
    return {{file, 0, "", "cannot be read", "check the path and the rights of the file"}};
  } catch (const YAML::Exception& error) {
    return {{file, error.mark.line + 1, "", "is not valid YAML: " + error.msg, "mend the syntax there"}};
  }
}

nlohmann::ordered_json json_schema(const std::vector<Key>& keys) {
  nlohmann::ordered_json root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                                 {"title", "WARP configuration"},
                                 {"type", "object"},
                                 {"additionalProperties", false}};
  for (const auto& key : keys) {
    auto* at = &root;
    const auto parts = split_path(key.path);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      at = &(*at)["properties"][parts[i]];
      if (i + 1 < parts.size() && at->is_null()) *at = {{"type", "object"}, {"additionalProperties", false}};
    }
    *at = key.schema;
    (*at)["description"] = key.doc;
  }
  return root;
}

std::string render_example(const std::vector<Key>& keys) {
  std::string text =
      "# WARP's configuration: every key with its default. Keys marked [live] are applied by SIGHUP, the "
      "others at\n"
      "# the next start. Unknown keys and bad values are refused with the line and the cure\n"
      "# (`warpd check-config --config FILE`). config/warp.schema.json is the same as a JSON schema for "
      "editors.\n";
  std::vector<std::string> open;
  for (const auto& key : keys) {
    const auto parts = split_path(key.path);
    std::size_t common = 0;
    while (common < open.size() && common + 1 < parts.size() && open[common] == parts[common])
      ++common;
    open.resize(common);
    while (open.size() + 1 < parts.size()) {
      if (open.empty()) text += "\n";
      text += std::string(open.size() * 2, ' ') + parts[open.size()] + ":\n";
      open.push_back(parts[open.size()]);
    }
    const std::string indent(open.size() * 2, ' ');
    text += indent + "# " + key.doc + (key.applies == Applies::Live ? " [live]" : "") + "\n";
    text += indent + parts.back() + ": " + key.show() + "\n";
  }
  return text;
}

std::string render_documentation(const std::vector<Key>& keys) {
  std::string text =
      "# Configuration\n\nOne YAML file; `config/warp.yaml` has every key with its default. This page is "
      "generated from "
      "the key table in\n`src/app/*_keys.cpp` (`WARP_UPDATE_DOCS=1` with the unit tests writes it "
      "anew). *Live* keys "
      "change on SIGHUP, the others\nat the next start. Secrets are never written into the file: a secret "
      "key takes "
      "`{file: PATH}` or `{env: NAME}`.\n\n| key | default | applies | meaning |\n|---|---|---|---|\n";
  for (const auto& key : keys) {
    auto value = key.show();
    for (std::size_t bar = 0; (bar = value.find('|', bar)) != std::string::npos; bar += 2)
      value.insert(bar, "\\");
    text += "| `" + key.path + "` | `" + value + "` | " +
            (key.applies == Applies::Live ? "live" : "restart") + " | " + key.doc + " |\n";
  }
  return text;
}

}  // namespace warp::app

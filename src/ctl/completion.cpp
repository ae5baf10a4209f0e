// Scripts for shells and the page for man, both from the tree of commands itself.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "ctl/commands.h"

namespace warp::ctl {
namespace {

std::vector<const CLI::App*> children(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> options(const CLI::App& app) {
  return app.get_options([](const CLI::Option*) { return true; });
}

const CLI::App* child_of(const CLI::App& app, const std::string& word) {
  const auto all = children(app);
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const CLI::App* one) { return one->get_name() == word; });
  return found == all.end() ? nullptr : *found;
}

// What starts a request or a control line of troff stays text.
std::string troff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += '\\';
    if (c == '-') out += '\\';
    if (out.empty() && (c == '.' || c == '\'')) out += "\\&";
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

void describe(const CLI::App& app, const std::string& name, std::string& out) {
  if (const auto all = children(app); !all.empty()) {
    for (const auto* child : all)
      describe(*child, name + " " + child->get_name(), out);
    return;
  }
  std::string line = name;
  for (const auto* option : options(app))
    if (option->get_positional()) line += " " + option->get_name(true);
  out += ".TP\n.B " + troff(line) + "\n" + troff(app.get_description()) + "\n";
  for (const auto* option : options(app))
    if (!option->get_lnames().empty() && option->get_lnames().front() != "help")
      out += ".br\n\\fI" + troff("--" + option->get_lnames().front()) + "\\fR " +
             troff(option->get_description()) + "\n";
}

const char* script_of(const std::string& shell) {
  if (shell == "bash")
    return "_warpctl() {\n"
           "  local IFS=$'\\n'\n"
           "  COMPREPLY=($(compgen -W \"$(warpctl __complete \"${COMP_WORDS[@]:1:COMP_CWORD-1}\" "
           "2>/dev/null)\" -- "
           "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
           "}\n"
           "complete -o default -F _warpctl warpctl\n";
  if (shell == "zsh")
    return "#compdef warpctl\n"
           "_warpctl() {\n"
           "  local -a candidates\n"
           "  candidates=(${(f)\"$(warpctl __complete ${words[2,CURRENT-1]} 2>/dev/null)\"})\n"
           "  compadd -a candidates || _files\n"
           "}\n"
           "compdef _warpctl warpctl\n";
  return "complete -c warpctl -f -a '(warpctl __complete (commandline -opc)[2..-1] 2>/dev/null)'\n";
}

}  // namespace

std::string completions_of(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* at = &app;
  for (const auto& word : words)
    if (const auto* next = child_of(*at, word)) at = next;
  std::string out;
  for (const auto* child : children(*at))
    if (!child->get_name().empty()) out += child->get_name() + "\n";
  for (const auto* option : options(*at))
    for (const auto& name : option->get_lnames())
      out += "--" + name + "\n";
  return out;
}

std::string man_page(const CLI::App& app) {
  std::string out = ".TH WARPCTL 1\n.SH NAME\nwarpctl \\- " + troff(app.get_description()) +
                    "\n.SH SYNOPSIS\n.B warpctl\n[OPTIONS] COMMAND\n.SH OPTIONS\n";
  for (const auto* option : options(app))
    if (!option->get_lnames().empty())
      out += ".TP\n.B " + troff("--" + option->get_lnames().front()) + "\n" +
             troff(option->get_description()) + "\n";
  out += ".SH COMMANDS\n";
  for (const auto* child : children(app))
    describe(*child, child->get_name(), out);
  out +=
      ".SH EXIT STATUS\n0: done; 1: the API refused, or something disagrees; 2: wrong use, or the API cannot "
      "be "
      "reached.\n"
      ".SH FILES\n~/.config/warp/profiles.yaml\n"
      ".SH ENVIRONMENT\nWARP_URL, WARP_KEY, WARP_PROFILE, WARP_PROFILES\n";
  return out;
}

void add_completion(CLI::App& app) {
  // Shared by the callback: it runs when this has returned.
  const auto shell = std::make_shared<std::string>();
  auto* completion = app.add_subcommand("completion", "a script that completes commands; source it");
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([shell] { std::fputs(script_of(*shell), stdout); });
  auto* man = app.add_subcommand("man", "the manual page, for `man -l -`");
  man->callback([&app] { std::fputs(man_page(app).c_str(), stdout); });
}

}  // namespace warp::ctl

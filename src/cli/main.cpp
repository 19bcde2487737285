// The command line: cornu train | evaluate | predict | summary | info.
#include <cornu/describe.h>
#include <cornu/version.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <sstream>

#include "base/cpu_info.h"
#include "base/parallel.h"
#include "cli/command.h"
#include "data/wording.h"
#include "io/file.h"

namespace cornu::cli {
namespace {

const char* const kIntro =
    "Neural networks from files: train a model on a table or on images, look at how good it is, use it.\n";
const char* const kExamples =
    "Examples:\n"
    "  cornu train people.csv --target income        writes model.keras and model.report.txt\n"
    "  cornu evaluate model.keras other_people.csv\n"
    "  cornu predict model.keras new_people.csv -o predictions.csv\n"
    "  cornu train --help                            all about a command\n";

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* c : app.get_subcommands([](const CLI::App*) { return true; })) out.push_back(c->get_name());
  return out;
}

std::string who(const CLI::App& app) {
  for (const CLI::App* c : app.get_subcommands()) return "cornu " + c->get_name();
  return "cornu";
}

std::string unknown_argument(const CLI::App& app) {
  const std::vector<CLI::App*> used = app.get_subcommands();
  const CLI::App& command = used.empty() ? app : *used[0];
  std::vector<std::string> extra = command.remaining(true), flags{"--help"};
  if (extra.empty()) extra = app.remaining(true);
  for (const CLI::Option* o : command.get_options())
    for (const std::string& name : o->get_lnames()) flags.push_back("--" + name);
  std::string first = extra.empty() ? "" : extra[0];
  for (const std::string& e : extra)
    if (e.rfind('-', 0) == 0) {
      first = e.substr(0, e.find('='));
      break;
    }
  if (first.rfind('-', 0) != 0) return text("does not know what to do with '{}'", first);
  const std::string near = nearest_name(first, flags);
  return near.empty() ? text("has no flag {}; '{} --help' lists them", first, who(app))
                      : text("has no flag {}; did you mean {}?", first, near);
}

/// CLI11's errors as one sentence of ours.
std::string sentence(const CLI::App& app, const CLI::ParseError& e) {
  if (e.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) return who(app) + " " + unknown_argument(app);
  std::string what = e.what();
  const std::string convert = "Could not convert: ";
  if (what.rfind(convert, 0) == 0) what = what.substr(convert.size()) + " is not a number that fits here";
  if (what.find(" required ") != what.npos && e.get_exit_code() == static_cast<int>(CLI::ExitCodes::ArgumentMismatch))
    what = what.substr(0, what.find(':')) +
           (what.find("At Most") != what.npos ? " is given more than once" : " needs a value");
  for (size_t at; (at = what.find('\n')) != what.npos;) what[at] = ' ';
  return who(app) + ": " + what;
}

int fail(const std::string& what) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s\n", what.c_str());
  return kWrong;
}

std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_of(" \t\n\"'\\$&|;<>()*?[]#~`!{}") == word.npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

int run(int argc, char** argv) {
  advise_by_flags();
  CLI::App app(kIntro, "cornu");
  app.set_version_flag("--version", std::string("cornu ") + CORNU_VERSION);
  app.footer(kExamples);
  app.require_subcommand(0, 1);
  Run command;
  add_train(app, command);
  add_evaluate(app, command);
  add_predict(app, command);
  add_summary(app, command);
  add_info(app, command);
  for (int i = 0; i < argc; ++i) typed_command() += (i ? " " : "") + quoted(i ? argv[i] : "cornu");

  const std::vector<std::string> commands = command_names(app);
  if (argc > 1 && argv[1][0] != '-' && std::find(commands.begin(), commands.end(), argv[1]) == commands.end()) {
    const std::string near = nearest_name(argv[1], commands);
    if (!near.empty()) return fail(text("cornu has no command '{}'; did you mean '{}'?", argv[1], near));
    return fail(text("cornu has no command '{}'; there are {}", argv[1], commands));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0) return fail(sentence(app, e));
    command = [&app, what = e] {  // --help, --version
      std::ostringstream out;
      app.exit(what, out, out);
      std::printf("%s", out.str().c_str());
      return kDone;
    };
  }
  if (!command)
    command = [&app] {
      std::printf("%s", app.help().c_str());
      return kDone;
    };
  // Read before anything is done: wrong ones are no matter of chance.
  (void)thread_count();
  (void)active_isa();
  const int status = command();
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return status;
  return fail(text("cornu: the output could not be written: {}", std::strerror(errno)));
}

}  // namespace

std::string& typed_command() {
  static std::string command;
  return command;
}

std::string sentence_of_error(const Error& e) {
  const std::string message = e.message();
  // Of a file the lines that follow say why each part of it does not do; of others, what programmers want.
  return e.code == Code::file ? message : message.substr(0, message.find('\n'));
}

void need_model(const std::string& path) {
  if (!std::filesystem::exists(path)) throw UsageError(text("there is no file '{}'", path));
  std::ifstream file(path, std::ios::binary);
  char start[2]{};
  if (!file.read(start, 2) || start[0] != 'P' || start[1] != 'K')
    throw UsageError(text("'{}' is not a .keras model", path));
}

void check_not_input(const char* flag, const std::string& out, const std::vector<std::string>& inputs) {
  namespace fs = std::filesystem;
  std::error_code none;
  if (!fs::is_regular_file(out, none)) return;
  for (const std::string& in : inputs)
    if (fs::equivalent(out, in, none)) throw UsageError(text("{} would overwrite '{}', which is read", flag, in));
}

void check_writable(const std::string& path) {
  namespace fs = std::filesystem;
  if (path == "-") throw UsageError("only predictions can be written to the standard output; name a file, not '-'");
  std::error_code why;
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder)) fs::create_directories(folder, why);
  if (why) throw UsageError(text("cannot make the folder '{}': {}", folder.string(), why.message()));
  if (fs::is_directory(path)) throw UsageError(text("cannot write '{}': it is a folder", path));
  if (fs::exists(path) && !fs::is_regular_file(path)) return;  // A device or a pipe is written as it is.
  const AtomicFile probe(path);
}

std::string grouped(int64_t n) {
  std::string s = std::to_string(n);
  for (int64_t at = static_cast<int64_t>(s.size()) - 3; at > (n < 0 ? 1 : 0); at -= 3)
    s.insert(static_cast<size_t>(at), ",");
  return s;
}

std::string counted(int64_t n, const std::string& what) { return grouped(n) + " " + what + (n == 1 ? "" : "s"); }

}  // namespace cornu::cli

int main(int argc, char** argv) {
  using namespace cornu::cli;
  try {
    return run(argc, argv);
  } catch (const cornu::Error& e) {
    return fail("cornu: " + sentence_of_error(e));
  } catch (const UsageError& e) {
    return fail(std::string("cornu: ") + e.what());
  } catch (const std::bad_alloc&) {
    return fail("cornu: there is not enough memory");
  } catch (const std::exception& e) {
    return fail(std::string("cornu: ") + e.what());
  }
}

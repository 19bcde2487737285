// What the commands of the command line share.
#pragma once
#include <cornu/error.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace cornu::cli {

constexpr int kDone = 0, kWrong = 2, kInterrupted = 130;

/// Adds its command; running it sets `run`, which returns the exit status.
using Run = std::function<int()>;
void add_train(CLI::App& app, Run& run);
void add_evaluate(CLI::App& app, Run& run);
void add_predict(CLI::App& app, Run& run);
void add_summary(CLI::App& app, Run& run);
void add_info(CLI::App& app, Run& run);

/// The command line as it was typed, quoted for a shell; for advice on how to go on.
std::string& typed_command();

/// Something the user must change; the sentence is all that is printed.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// For whole numbers of at least that.
CLI::Validator whole_from(int64_t least);
/// For whole numbers of 64 bits without sign.
CLI::Validator seed_number();
/// For numbers that must not be negative.
CLI::Validator from_zero();
/// For numbers above zero.
CLI::Validator above_zero();
/// For numbers between 0 and 1, with the name of a class and '=' before it or without.
CLI::Validator threshold();
/// The sentence of an error, without its kind and what follows the first line; of a file, with what follows.
std::string sentence_of_error(const Error& e);
/// UsageError if there is no such file, or no model in it.
void need_model(const std::string& path);
/// An error if the file could not be written there; makes the folder if it is missing.
void check_writable(const std::string& path);
/// UsageError if what the flag wants written is one of the files that are read.
void check_not_input(const char* flag, const std::string& out, const std::vector<std::string>& inputs);
/// "12,345"
std::string grouped(int64_t n);
/// "1 row", "12,345 rows"
std::string counted(int64_t n, const std::string& what);

}  // namespace cornu::cli

// A program of tests/python/test_three_sides.py as C++: reads a model and data, trains, and leaves what came of it.
//   three_sides model.keras x.npy y.npy epochs batch out-folder
#include <cornu/cornu.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

using namespace cornu;

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  try {
    Model model = load_model(argv[1]);
    const Tensor x = load_npy(argv[2]), y = load_npy(argv[3]);
    const std::string out = argv[6];
    const History history = model.fit(
        x, y, {.batch_size = std::atoi(argv[5]), .epochs = std::atoi(argv[4]), .verbose = 0, .shuffle = false});
    model.save(out + "/cpp.keras");
    save_npy(out + "/cpp.npy", model.predict(x, {.batch_size = 4}));
    std::ofstream logs(out + "/cpp.txt");
    logs.precision(17);
    for (const auto& [name, values] : history.history) {
      logs << name;
      for (const double v : values) logs << " " << v;
      logs << "\n";
    }
    for (const auto& [name, value] : model.evaluate(x, y, {.batch_size = 4}))
      logs << "evaluate_" << name << " " << value << "\n";
    return 0;
  } catch (const Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}

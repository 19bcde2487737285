// Loops and branches of keras.ops: structures of Python's to those of the engine and back.
#include <cornu/control_flow.h>

#include "bind.h"

namespace cornu::python {
namespace {

using Trees = Tree<Tensor>;

/// A function that takes and gives structures.
std::function<Trees(const Trees&)> function_of(nb::object f) {
  return [f](const Trees& x) { return to_tensors(f(from_tensors(x))); };
}

}  // namespace

void bind_control_flow(nb::module_& m) {
  m.def(
      "scan",
      [](nb::object f, nb::handle init, nb::handle xs, std::optional<int64_t> length, bool reverse) {
        const ops::ScanStep out = ops::scan(
            [&](const Trees& carry, const Trees& x) {
              const nb::object step = f(from_tensors(carry), from_tensors(x));
              if (!(nb::isinstance<nb::tuple>(step) || nb::isinstance<nb::list>(step)) || nb::len(step) != 2)
                throw nb::type_error(
                    ("scan: the function must give (carry, y), got " + text_of(step.type().attr("__name__"))).c_str());
              return ops::ScanStep{to_tensors(step[0]), to_tensors(step[1])};
            },
            to_tensors(init), to_tensors(xs), {.length = length, .reverse = reverse});
        return nb::make_tuple(from_tensors(out.carry), from_tensors(out.y));
      },
      nb::arg("f"), nb::arg("init").none(), nb::arg("xs").none(), nb::arg("length").none(), nb::arg("reverse"));
  m.def("map", [](nb::object f, nb::handle xs) { return from_tensors(ops::map(function_of(f), to_tensors(xs))); });
  m.def("associative_scan", [](nb::object f, nb::handle elems, bool reverse, int axis) {
    return from_tensors(ops::associative_scan(
        [&](const Trees& a, const Trees& b) { return to_tensors(f(from_tensors(a), from_tensors(b))); },
        to_tensors(elems), reverse, axis));
  });
  m.def(
      "while_loop",
      [](nb::object condition, nb::object body, nb::handle variables, std::optional<int64_t> most) {
        return from_tensors(ops::while_loop([&](const Trees& v) { return to_tensor(condition(from_tensors(v))); },
                                            function_of(body), to_tensors(variables), most));
      },
      nb::arg("condition"), nb::arg("body"), nb::arg("variables").none(), nb::arg("most").none());
  m.def(
      "fori_loop",
      [](nb::handle lower, nb::handle upper, nb::object body, nb::handle init) {
        return from_tensors(ops::fori_loop(
            to_tensor(lower), to_tensor(upper),
            [&](const Tensor& i, const Trees& v) { return to_tensors(body(nb::cast(i), from_tensors(v))); },
            to_tensors(init)));
      },
      nb::arg("lower"), nb::arg("upper"), nb::arg("body"), nb::arg("init").none());
  m.def("switch", [](nb::handle index, nb::list branches) {
    std::vector<std::function<Trees()>> all;
    for (nb::handle branch : branches) all.push_back([f = nb::borrow(branch)] { return to_tensors(f()); });
    return from_tensors(ops::switch_case(to_tensor(index), all));
  });
  m.def("cond", [](const Tensor& pred, nb::object if_true, nb::object if_false) {
    return from_tensors(ops::cond_tree(
        pred, [&] { return to_tensors(if_true()); }, [&] { return to_tensors(if_false()); }));
  });
  m.def(
      "custom_gradient",
      [](nb::object f, const std::vector<nb::object>& arguments) {
        nb::object structure;
        std::vector<Tensor> in;
        for (const nb::object& x : arguments) in.push_back(to_tensor(x));
        Trees results;
        const ops::Function with = ops::custom_gradient([&](const std::vector<Tensor>& x) {
          nb::list given;
          for (const Tensor& t : x) given.append(nb::cast(t));
          const nb::object pair = f(*nb::tuple(given));
          if (!nb::isinstance<nb::tuple>(pair) || nb::len(pair) != 2)
            throw nb::type_error("custom_gradient: the function must give (result, gradient function)");
          results = to_tensors(pair[0]);
          const nb::object gradient = pair[1];
          const Trees like = results;
          const size_t count = x.size();
          return ops::WithGradient{like.leaves(), [gradient, like, count](const std::vector<Tensor>& upstream) {
                                     const nb::gil_scoped_acquire gil;
                                     const nb::object g = gradient(from_tensors(like.with_leaves(upstream)));
                                     if (count == 1 && !nb::isinstance<nb::tuple>(g) && !nb::isinstance<nb::list>(g))
                                       return std::vector<Tensor>{tensor_or_none(g)};
                                     std::vector<Tensor> out;
                                     for (nb::handle one : g) out.push_back(tensor_or_none(one));
                                     return out;
                                   }};
        });
        const std::vector<Tensor> out = with(in);
        return from_tensors(results.with_leaves(out));
      },
      "What f(*arguments) gives, with the gradient that it gives beside.");
}

}  // namespace cornu::python

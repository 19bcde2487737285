"""Every argument of every function and method does something, or is refused: they are listed from the modules, and each
has a check in one of test_calls_of_*.py or the name of the test that has it. The classes of the registry are in
test_arguments.py.
"""
import importlib
import inspect
import json
import pathlib

import test_calls_of_functions
import test_calls_of_layers
import test_calls_of_models
import test_calls_of_parts

import cornu as keras
from cornu import _core

HERE = pathlib.Path(__file__).parent
#: Arguments that a test elsewhere holds ("file.py:words in it"), of each function and method.
ELSEWHERE = {
    "test_round_trips.py:skip_mismatch=True": {"Model.load_weights": "filepath skip_mismatch",
                                               "saving.load_weights": "model filepath skip_mismatch kwargs"},
    "test_round_trips.py:objects_to_skip": {"Model.load_weights": "objects_to_skip by_name"},
    "test_round_trips.py:zipped": {"Model.save": "filepath overwrite zipped kwargs",
                                   "saving.save_model": "model filepath overwrite zipped kwargs",
                                   "Model.save_weights": "filepath overwrite max_shard_size",
                                   "saving.save_weights": "model filepath overwrite kwargs"},
    "test_symbolic.py:def test_sources": {"utils.get_source_inputs": "tensor", "utils.is_keras_tensor": "x"},
    "test_symbolic.py:def test_specs": {"Layer.compute_output_spec": "args kwargs", "Layer.symbolic_call": "args kwargs"},
    "test_tree.py:def test_paths": {"tree.assert_same_paths": "a b", "tree.flatten_with_path": "structure"},
    "test_tree.py:def test_up_to": {"tree.map_structure_up_to": "shallow_structure func structures"},
    "test_tree.py:def test_traverse": {"tree.traverse": "func structure top_down", "tree.lists_to_tuples": "structure"},
    "test_merging.py:def test_functions": {
        **{f"layers.{name}": "inputs kwargs" for name in ("add", "average", "maximum", "minimum", "multiply", "subtract")},
        "layers.concatenate": "inputs axis kwargs", "layers.dot": "inputs axes kwargs"},
    "test_stateless.py:def test_stateless_compute_loss": {
        "Model.stateless_compute_loss": "trainable_variables non_trainable_variables metrics_variables x y y_pred "
                                        "sample_weight training"},
    "test_stateless.py:def test_stateless_call": {
        "Layer.stateless_call": "trainable_variables non_trainable_variables args return_losses kwargs"},
    "test_stateless.py:def test_metrics_and_optimizers": {
        "Metric.stateless_update_state": "metric_variables args kwargs", "Metric.stateless_result": "metric_variables",
        "Optimizer.stateless_apply": "optimizer_variables grads trainable_variables", "Optimizer.set_weights": "weights"},
    "test_stateless.py:def test_state_trees": {"Model.get_state_tree": "value_format", "Model.set_state_tree": "state_tree"},
    "test_symbolic.py:def test_sequential": {"Sequential.build": "input_shape"},
    "test_cloning.py:def test_clone_functions": {
        "models.clone_model": "model input_tensors clone_function call_function recursive kwargs"},
    "test_round_trips.py:def test_json": {"Model.to_json": "kwargs", "models.model_from_json": "json_string custom_objects"},
    "test_round_trips.py:custom_objects": {"saving.load_model": "filepath custom_objects compile safe_mode",
                                           "saving.deserialize_keras_object": "config custom_objects safe_mode kind",
                                           "activations.deserialize": "config custom_objects"},
    "test_layer_calls.py:steps_per_execution": {"Model.compile": "steps_per_execution"},
    "test_steps.py:constraint": {"Layer.add_weight": "constraint"},
    "test_streams.py:workers": {"PyDataset.__init__": "workers use_multiprocessing max_queue_size"},
    "test_callbacks.py:exclude_from_weight_decay": {"Optimizer.exclude_from_weight_decay": "var_list var_names"},
    "test_callbacks.py:finalize_variable_values": {"Optimizer.finalize_variable_values": "var_list"},
    "test_arguments.py:scale_loss": {"Optimizer.scale_loss": "loss"},
    "test_hooks.py:LearningRateScheduler": {"LearningRateScheduler.__init__": "verbose"},
}
#: What takes one thing and is that thing, or sets a value of the process; and what the engine or Keras' hooks call.
PLAIN = {"utils.clear_session", "utils.set_random_seed", "utils.register_keras_serializable", "activations.get", "losses.get",
         "utils.get_registered_name", "activations.serialize", "Optimizer.minimize", "LearningRateScheduler.on_epoch_begin",
         "LearningRateScheduler.on_epoch_end", "DTypePolicy.__init__", "utils.serialize_keras_object"}
SAME_AS = {"utils.deserialize_keras_object": "saving.deserialize_keras_object", "models.load_model": "saving.load_model",
           "models.save_model": "saving.save_model", "utils.get_registered_object": "saving.get_registered_object"}


def listed():
    """(name, argument) of all functions and methods in public."""
    from cornu import _trainer
    for name in _core.callback_names():
        yield from ((f"{name}.__init__", p) for p in inspect.signature(getattr(keras.callbacks, name)).parameters)
    for module in ("utils", "random", "saving", "tree", "models", "activations", "losses", "layers",
                   *(f"datasets.{name}" for name in keras.datasets.__all__)):
        home = importlib.import_module("cornu." + module)
        for name in sorted(dir(home)):
            thing = getattr(home, name)
            if inspect.isfunction(thing) and name not in ("serialize", "deserialize") or (module, name) == (
                    "activations", "deserialize"):
                yield from ((f"{module}.{name}", p) for p in inspect.signature(thing).parameters)
    classes = (keras.layers.Layer, keras.Model, keras.Sequential, keras.metrics.Metric, keras.losses.Loss,
               keras.optimizers.Optimizer, keras.callbacks.LambdaCallback, keras.callbacks.LearningRateScheduler,
               keras.utils.PyDataset, keras.random.SeedGenerator, keras.InputSpec, keras.layers.InputLayer,
               keras.dtype_policies.DTypePolicy)
    for cls in classes:
        own = {**(vars(_trainer.Trainer) if cls is keras.Model else {}), **vars(cls)}
        if cls is keras.layers.Layer:
            own.update({n: f for n, f in inspect.getmembers(cls, inspect.isfunction)})
        for name, thing in own.items():
            if inspect.isfunction(thing) and (not name.startswith("_") or name in ("__init__", "__call__")):
                yield from ((f"{cls.__name__}.{name}", p) for p in list(inspect.signature(thing).parameters)[1:])


#: Hooks that a user overrides or calls with what the engine hands them: their arguments are the data of the step.
HOOKS = {"Model.train_step", "Model.test_step", "Model.compute_loss", "Model.compute_metrics", "Model.compile_from_config"}


def test_every_argument_is_held():
    homes = (test_calls_of_layers, test_calls_of_models, test_calls_of_parts, test_calls_of_functions)
    tables = [at for home in homes for at in home.CHECKS.values()] + list(ELSEWHERE.values())
    held = {(name, p) for at in tables for name, arguments in at.items() for p in arguments.split()}
    for key in json.loads((HERE.parent / "arguments.json").read_text())["callbacks"]:  # test_callback_arguments.py
        name, p = key.split(".")
        held.add((name + ".__init__", p))
    plain = PLAIN | HOOKS | {name.replace("utils.", "saving.") for name in PLAIN}
    bare = [(name, p) for name, p in listed() if (SAME_AS.get(name, name), p) not in held and name not in plain]
    assert bare == []


def test_what_is_held_elsewhere_is_there():
    for at in ELSEWHERE:
        file, words = at.split(":", 1)
        assert words in (HERE / file).read_text(), at

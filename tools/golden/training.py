"""Dense models trained without shuffling: losses per batch, History, final weights, predictions."""

import keras
import numpy as np

from .common import arrays, config, floats, normal

STEPS = 50
BATCH = 8
ROWS = 40
layers = keras.layers


def problem(kind):
    """(x, y) for 40 rows of 6 values."""
    x = normal("training x", ROWS, 6)
    decimals = np.round(x.astype("float64"), 2)  # y is rounded below, and must not depend on the float type
    score = decimals @ [1, -2, 0.5, 0, 1, -1]
    if kind == "binary":
        return x, floats((score > 0)[:, None])
    if kind == "classes":
        return x, (np.digitize(score, [-1, 1])).astype("int32")
    if kind == "one hot":
        return x, floats(np.eye(3)[np.digitize(score, [-1, 1])])
    return x, floats(np.round(np.stack([np.sin(score), 0.3 * score], axis=1), 2))


def classifier(*hidden, units=1, activation="sigmoid"):
    return keras.Sequential([keras.Input((6,)), *hidden, layers.Dense(units, activation=activation)])


def record():
    optimizers = keras.optimizers
    binary = {"loss": "binary_crossentropy", "metrics": ["accuracy"]}
    sparse = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}

    def momentum():  # a new one for each case: an optimizer keeps its state from model to model
        return {"optimizer": optimizers.SGD(0.05, momentum=0.9)}

    cases = [
        steps("binary_adam", classifier(layers.Dense(8, activation="relu")), "binary", {**binary, "optimizer": "adam"}),
        steps("softmax_sgd_momentum", three(layers.Dense(8, activation="tanh")), "classes", {**sparse, **momentum()}),
        steps(
            "regression_rmsprop_l2",
            classifier(layers.Dense(5, activation="tanh", kernel_regularizer="l2"), units=2, activation=None),
            "real",
            {"loss": "mse", "optimizer": optimizers.RMSprop(0.01), "metrics": ["mae"]},
        ),
        steps(
            "batch_normalization",
            three(layers.Dense(8, use_bias=False), layers.BatchNormalization(), layers.ReLU()),
            "one hot",
            {"loss": "categorical_crossentropy", "optimizer": optimizers.Adam(0.01), "metrics": ["accuracy", "AUC"]},
        ),
        steps(
            "class_weight",
            three(layers.Dense(8, activation="relu")),
            "classes",
            {**sparse, **momentum(), "weighted_metrics": ["accuracy"]},
            class_weight={0: 1.0, 1: 3.0, 2: 0.5},
        ),
        steps(
            "sample_weight",
            classifier(layers.Dense(8, activation="relu")),
            "binary",
            {**binary, "optimizer": optimizers.Adam(0.01), "weighted_metrics": ["accuracy"]},
            sample_weight=floats(np.tile([0, 0.5, 1, 1.25, 3], ROWS // 5)),
        ),
        steps(
            "adamw_decay_clipnorm",
            classifier(layers.Dense(8, activation="relu")),
            "binary",
            {**binary, "optimizer": optimizers.AdamW(0.01, weight_decay=0.1, clipnorm=0.5)},
        ),
        steps(
            "constraints_activity",
            classifier(
                layers.Dense(8, activation="relu", kernel_constraint=keras.constraints.MaxNorm(0.8), use_bias=False),
                layers.ActivityRegularization(l2=0.05),
            ),
            "binary",
            {**binary, "optimizer": optimizers.SGD(0.1)},
        ),
        steps(
            "accumulation_ema_schedule",
            classifier(layers.Dense(4, activation="relu")),
            "binary",
            {
                **binary,
                "optimizer": once_per_update(
                    optimizers.Adam(
                        optimizers.schedules.ExponentialDecay(0.02, 10, 0.5),
                        gradient_accumulation_steps=2,
                        use_ema=True,
                        ema_momentum=0.9,
                    )
                ),
            },
        ),
        epochs("fit_validation_split", binary, {"batch_size": 8, "validation_split": 0.25, "epochs": 4}),
        epochs("fit_last_batch_partial", binary, {"batch_size": 7, "epochs": 4}),
        epochs(
            "fit_weights_validation",
            {**binary, "weighted_metrics": ["mse"]},
            {"batch_size": 16, "validation_split": 0.2, "epochs": 3},
            sample_weight=floats(np.tile([0, 0.5, 1, 1.25, 3], ROWS // 5)),
        ),
        epochs("fit_ema", binary, {"batch_size": 8, "epochs": 3}, use_ema=True, ema_momentum=0.8),
    ]
    return {"cases": cases}


def once_per_update(optimizer):
    """Keras 3.15.1 steps the schedule and the average at each of the batches that one update gathers, though they stand
    for one batch as large as all of them: here both step once per update."""
    schedule, average = optimizer._learning_rate, optimizer._update_model_variables_moving_average

    def moving_average(variables):
        averages = optimizer._model_variables_moving_average
        before = [a.value for a in averages]
        average(variables)
        now = keras.ops.equal((optimizer._iterations + 1) % optimizer.gradient_accumulation_steps, 0)
        for a, value in zip(averages, before, strict=True):
            a.assign(keras.ops.where(now, a.value, value))

    optimizer._get_current_learning_rate = lambda: schedule(optimizer.iterations)
    optimizer._update_model_variables_moving_average = moving_average
    return optimizer


def three(*hidden):
    return classifier(*hidden, units=3, activation="softmax")


def start(name, model):
    """Short decimals as first weights; gamma and variance stay away from zero."""
    for i, v in enumerate(model.variables):
        if v.name in ("kernel", "bias"):
            v.assign(normal(f"{name} weight {i}", *v.shape, scale=0.5))
    return numbered("weight", model.get_weights())


def numbered(prefix, values):
    return {f"{prefix}_{i}": value for i, value in enumerate(values)}


def steps(name, model, kind, compile_arguments, sample_weight=None, class_weight=None):
    """50 calls of train_on_batch, batch k being rows 8k to 8k+7 modulo 40; each call reports that batch alone."""
    x, y = problem(kind)
    first = start(name, model)
    model.compile(**compile_arguments)
    logs = []
    for step in range(STEPS):
        rows = slice(step * BATCH % ROWS, step * BATCH % ROWS + BATCH)
        weight = None if sample_weight is None else sample_weight[rows]
        logs.append(
            model.train_on_batch(x[rows], y[rows], sample_weight=weight, class_weight=class_weight, return_dict=True)
        )
    curves = {key: floats([entry[key] for entry in logs]) for key in logs[0]}
    evaluated = model.evaluate(x, y, batch_size=BATCH, sample_weight=sample_weight, verbose=0, return_dict=True)
    return {
        "name": name,
        "kind": "steps",
        "config": without_ids(config(model)),
        "batch_size": BATCH,
        "class_weight": class_weight and {str(key): value for key, value in class_weight.items()},
        "inputs": arrays({"x": x, "y": y, "sample_weight": sample_weight, **first}),
        "outputs": arrays(results(model, x)),
        "logs": arrays(curves),
        "evaluate": arrays({key: floats(value) for key, value in evaluated.items()}),
    }


def epochs(name, compile_arguments, fit_arguments, sample_weight=None, **adam):
    """fit(shuffle=False); the running means at each batch end are recorded besides History."""
    x, y = problem("binary")
    model = classifier(layers.Dense(8, activation="relu"))
    first = start(name, model)
    model.compile(**compile_arguments, optimizer=keras.optimizers.Adam(0.01, **adam))
    seen = []
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(dict(logs)))
    fitted = model.fit(x, y, shuffle=False, sample_weight=sample_weight, callbacks=[watch], verbose=0, **fit_arguments)
    return {
        "name": name,
        "kind": "fit",
        "config": without_ids(config(model)),
        "fit": {**fit_arguments, "shuffle": False},
        "inputs": arrays({"x": x, "y": y, "sample_weight": sample_weight, **first}),
        "outputs": arrays(results(model, x)),
        "logs": arrays({key: floats([entry[key] for entry in seen]) for key in seen[0]}),
        "history": arrays({key: floats(values) for key, values in fitted.history.items()}),
    }


def results(model, x):
    """Final weights in the order of model.get_weights(), optimizer variables, and model.predict(x)."""
    state = [np.asarray(v.value) for v in model.optimizer.variables]  # copied: predict() may free averaged weights
    prediction = {"prediction": model.predict(x, verbose=0)}
    return numbered("weight", model.get_weights()) | numbered("optimizer", state) | prediction


def without_ids(serialized):
    """Shared-object ids are memory addresses: nothing that two runs could agree on."""
    if isinstance(serialized, dict):
        return {key: without_ids(value) for key, value in serialized.items() if key != "shared_object_id"}
    if isinstance(serialized, (list, tuple)):
        return [without_ids(value) for value in serialized]
    return serialized

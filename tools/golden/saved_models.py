"""Models of every kind, as a program makes them, for what their files hold: run on Keras to record it, and on Cornu.

Nothing here trains: what a file holds besides weights is settled by then. Each function takes `keras` and gives a model.
"""

X_SHAPE = (None, 3)


def plain(keras):
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dropout(0.5),
         keras.layers.Dense(1, activation="sigmoid")], name="plain")  # fmt: skip
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def not_compiled(keras):
    return keras.Sequential([keras.Input((3,), name="numbers"), keras.layers.Dense(1)])


def without_input(keras):
    return keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])


def built_later(keras):
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])
    model.build(X_SHAPE)
    model.compile(keras.optimizers.SGD(0.125, momentum=0.5), "mse")
    return model


def frozen(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dense(1)])
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    return model


def all_frozen(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.trainable = False
    return model


def wide(keras):
    layers = [keras.layers.Dense(2, dtype="float64"), keras.layers.Dense(1, dtype="float64")]
    return keras.Sequential([keras.Input((3,), dtype="float64"), *layers])


def nested(keras):
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="inner")
    model = keras.Sequential([keras.Input((3,)), inner, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def nested_built_later(keras):
    inner = keras.Sequential([keras.layers.Dense(2)])
    model = keras.Sequential([inner, keras.layers.Dense(1)])
    model.build(X_SHAPE)
    return model


def odd_names(keras):
    layers = [keras.layers.Dense(2, name="Größe 1.0 (ä&b)"), keras.layers.Dense(1, name="x" * 60)]
    return keras.Sequential([keras.Input((3,)), *layers], name="  a: b\\c 'd' ")


def many_layers(keras):
    layers, k = keras.layers, keras
    dense = layers.Dense(
        4, activation="gelu", kernel_initializer=k.initializers.HeNormal(seed=3), kernel_regularizer=k.regularizers.L1L2(0.5, 0.25),
        bias_constraint=k.constraints.NonNeg(), activity_regularizer="l2", kernel_constraint=k.constraints.MaxNorm(2.0, axis=0))
    stack = [dense, layers.BatchNormalization(momentum=0.75), layers.LayerNormalization(), layers.RMSNormalization(),
             layers.UnitNormalization(), layers.Activation("tanh"), layers.LeakyReLU(0.25), layers.PReLU(), layers.ELU(),
             layers.ReLU(max_value=6.0), layers.GaussianNoise(0.25, seed=4), layers.GaussianDropout(0.25, seed=4),
             layers.AlphaDropout(0.25, seed=4), layers.Softmax(), layers.ActivityRegularization(l1=0.5), layers.Masking(),
             layers.Reshape((2, 2)), layers.Permute((2, 1)), layers.Flatten(), layers.RepeatVector(2), layers.Flatten(),
             layers.Rescaling(2.0, 0.5), layers.Normalization(mean=0.5, variance=2.0)]  # fmt: skip
    return keras.Sequential([keras.Input((3,)), *stack])


def attention(keras):
    layers = keras.layers
    x = keras.Input((3,), name="x")
    h = layers.Dense(4, name="wide")(layers.Reshape((3, 1), name="steps")(x))
    a = layers.MultiHeadAttention(2, 3, use_gate=True, name="heads")(h, h, use_causal_mask=True)
    b = layers.GroupQueryAttention(3, 4, 2, use_gate=True, name="groups")(h, a)
    c = layers.AdditiveAttention(name="additive")([b, layers.Attention(use_scale=True, name="dot")([a, b])])
    d = layers.EinsumDense("abc,cd->abd", output_shape=(3, 2), bias_axes="d", name="einsum")(c)
    model = keras.Model(x, layers.Dense(1, name="y")(layers.GlobalAveragePooling1D(name="mean")(d)), name="attention")
    model.compile("adam", "mse")
    return model


def images(keras):
    layers = keras.layers
    x = keras.Input((3,), name="x")
    h = layers.Reshape((6, 6, 1), name="image")(layers.Dense(36, name="pixels")(x))
    h = layers.BatchNormalization(name="norm")(layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(h))
    h = layers.DepthwiseConv2D(2, name="depth")(layers.MaxPooling2D(name="max")(h))
    h = layers.Conv2DTranspose(3, 2, strides=2, name="larger")(layers.SeparableConv2D(5, 2, name="separable")(h))
    h = layers.GlobalAveragePooling2D(name="mean")(layers.GroupNormalization(3, name="groups")(layers.ZeroPadding2D(name="pad")(h)))
    model = keras.Model(x, layers.Dense(1, name="y")(h), name="images")
    model.compile("sgd", "mse")
    return model


def optimizer_options(keras):
    rate = keras.optimizers.schedules.ExponentialDecay(0.125, 10, 0.5)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.AdamW(rate, use_ema=True, ema_overwrite_frequency=3, gradient_accumulation_steps=2, clipnorm=1.0)
    model.compile(optimizer, "mse", loss_weights=[2.0], metrics=["mae"])
    return model


def objects(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    metrics = [keras.metrics.MeanAbsoluteError(name="mine"), "mse", keras.metrics.mean_squared_error]
    model.compile(keras.optimizers.RMSprop(0.125), keras.losses.MeanSquaredError(reduction="sum"), metrics=metrics, weighted_metrics=["mae"])
    return model


def lists(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("nadam", ["mse"], metrics=[["mae", "mse"]], run_eagerly=True)
    return model


def own_loss(y_true, y_pred):
    return (y_true - y_pred) ** 4


def functions(keras):
    def own_activation(x):
        return x * 2

    layers = [keras.layers.Dense(2, activation=own_activation), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile("sgd", own_loss, metrics=[own_loss])
    return model


def own_classes(keras):
    """A layer that is not registered and writes no config, a registered one that does, a loss, a metric."""

    class Scaled(keras.layers.Layer):
        def __init__(self, units, factor=2.0, **kwargs):
            super().__init__(**kwargs)
            self.units, self.factor = units, factor

        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", name="w")

        def call(self, x):
            return keras.ops.matmul(x, self.w) * self.factor

    @keras.saving.register_keras_serializable("pieces")
    class Shifted(keras.layers.Layer):
        def __init__(self, by, **kwargs):
            super().__init__(**kwargs)
            self.by = by

        def call(self, x):
            return x + self.by

        def get_config(self):
            return {**super().get_config(), "by": self.by}

    class OwnDense(keras.layers.Dense):
        pass

    class OwnLoss(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.mean((y_true - y_pred) ** 4, -1)

    class OwnMetric(keras.metrics.MeanSquaredError):
        pass

    layers = [Scaled(2, factor=3.0), Shifted(0.5), OwnDense(1)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile(keras.optimizers.SGD(0.0009765625), OwnLoss(), metrics=[OwnMetric(name="own")])
    return model


def own_model(keras):
    class TwoLayers(keras.Model):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units, self.first, self.second = units, keras.layers.Dense(units), keras.layers.Dense(1)

        def call(self, x):
            return self.second(self.first(x))

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    model = TwoLayers(4, name="own")
    model.compile("sgd", "mse")
    model.build(X_SHAPE)
    return model


def own_sequential(keras):
    class Stack(keras.Sequential):
        pass

    return Stack([keras.Input((3,)), keras.layers.Dense(1)])


def command_line(keras):
    """What `cornu train` makes of a table of two columns for a target of two classes; means and variances are the table's."""
    layers = keras.layers
    stack = [layers.Normalization(mean=[0.0, 0.0], variance=[0.0, 0.0]), layers.Dense(16, activation="relu"),
             layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")]  # fmt: skip
    model = keras.Sequential([keras.Input((2,)), *stack], name="model")
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


MODELS = {f.__name__: f for f in (
    plain, not_compiled, without_input, built_later, frozen, all_frozen, wide, nested, nested_built_later, odd_names, many_layers,
    attention, images, optimizer_options, objects, lists, functions, own_classes, own_model, own_sequential,
    command_line)}  # fmt: skip


def contents(archive):
    """What a `.keras` file (a `zipfile.ZipFile`) holds besides numbers; left out is what no two runs could agree on: the
    date, and where in memory Keras kept a type or function that is used twice."""
    import json

    def without_ids(value):
        if isinstance(value, dict):
            shared = value.get("class_name") in ("DTypePolicy", "function")
            return {k: without_ids(v) for k, v in value.items() if not (shared and k == "shared_object_id")}
        return [without_ids(v) for v in value] if isinstance(value, list) else value

    metadata = json.loads(archive.read("metadata.json"))
    assert metadata.pop("date_saved")
    return {"members": archive.namelist(), "metadata": metadata, "config": without_ids(json.loads(archive.read("config.json")))}

"""A search in the style of scikit-learn, in plain Python: an estimator, folds, a grid, the best one trained again."""

import itertools

import numpy as np

import keras
from keras.layers import Dense, Input
from keras.models import Sequential


class NetworkClassifier:
    """Remembers its parameters, makes a new network in every fit, and clears what earlier ones left behind."""

    def __init__(self, units=8, depth=1, optimizer="adam", rate=0.03, epochs=8):
        self.params = dict(units=units, depth=depth, optimizer=optimizer, rate=rate, epochs=epochs)

    def get_params(self):
        return dict(self.params)

    def fit(self, x, y):
        keras.backend.clear_session()
        p = self.params
        self.classes_ = np.unique(y)
        self.model_ = Sequential([Input(shape=(x.shape[1],))])
        for _ in range(p["depth"]):
            self.model_.add(Dense(p["units"], activation="relu", kernel_initializer="he_normal"))
        self.model_.add(Dense(len(self.classes_), activation="softmax"))
        optimizer = keras.optimizers.get({"class_name": p["optimizer"], "config": {"learning_rate": p["rate"]}})
        self.model_.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        self.history_ = self.model_.fit(x, y, batch_size=20, epochs=p["epochs"], verbose=0)
        return self

    def predict(self, x):
        return self.classes_[np.argmax(self.model_.predict(x, verbose=0), axis=1)]

    def score(self, x, y):
        return float(np.mean(self.predict(x) == y))


rng = np.random.default_rng(21)
y = rng.integers(0, 3, 240)
radius = 0.5 + y + rng.normal(0, 0.25, 240)
angle = rng.uniform(0, 2 * np.pi, 240)
x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
x_train, y_train, x_test, y_test = x[:180], y[:180], x[180:], y[180:]

grid = {"units": [6, 16], "optimizer": ["adam", "rmsprop"]}
folds = np.array_split(np.arange(len(x_train)), 2)
scores, histories = {}, {}
for values in itertools.product(*grid.values()):
    params = dict(zip(grid, values))
    name = ", ".join(f"{key} {value}" for key, value in params.items())
    accuracy = []
    for held_out in folds:
        rest = np.setdiff1d(np.arange(len(x_train)), held_out)
        estimator = NetworkClassifier(**params).fit(x_train[rest], y_train[rest])
        accuracy.append(estimator.score(x_train[held_out], y_train[held_out]))
    scores[name] = (np.mean(accuracy), params)
    histories[name] = estimator.history_
    print(f"{name:26} {np.mean(accuracy):.3f} +- {np.std(accuracy):.3f}")

best = max(scores, key=lambda name: scores[name][0])
final = NetworkClassifier(**{**scores[best][1], "epochs": 20}).fit(x_train, y_train)
print(f"best: {best}; trained on all rows, test accuracy {final.score(x_test, y_test):.3f}")
model = final.model_
histories["final"] = final.history_
results = {name: float(score) for name, (score, _) in scores.items()}

# Regression on eight columns with one hidden layer: 8-10-1, a split for validation, and the curve of the loss.
import numpy as np
from tensorflow.keras import layers, models

rng = np.random.default_rng(32)
X = rng.uniform(size=(1000, 8))
y = 3 * X[:, 0] + 2 * np.sin(3 * X[:, 1]) - X[:, 2] * X[:, 3] + 0.1 * rng.normal(size=1000)

model = models.Sequential()
model.add(layers.Dense(10, input_dim=8, activation='relu'))
model.add(layers.Dense(1, activation='linear'))
model.compile(optimizer='rmsprop', loss='mse', metrics=['mae'])

history = model.fit(X, y, epochs=15, batch_size=16, validation_split=0.2, verbose=0)
for epoch, (loss, val_loss) in enumerate(zip(history.history['loss'], history.history['val_loss'])):
    if epoch % 5 == 4:
        print('epoch %2d  loss %.4f  val_loss %.4f' % (epoch + 1, loss, val_loss))

mse, mae = model.evaluate(X[800:], y[800:], verbose=0)
print('mean absolute error on held-out rows: %.3f' % mae)
print('weights:', [w.shape for w in model.get_weights()])
results = {'mse': mse, 'mae': mae}

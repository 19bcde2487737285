"""A first network: is a point inside the ring? Two features, one hidden layer, written with tf.keras."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(30)
X = rng.uniform(-2, 2, size=(500, 2))
r = np.sqrt(X[:, 0] ** 2 + X[:, 1] ** 2)
y = ((r > 0.7) & (r < 1.6)).astype(int)

model = tf.keras.Sequential([
    tf.keras.layers.Dense(10, activation='relu', input_shape=(2,)),
    tf.keras.layers.Dense(10, activation='relu'),
    tf.keras.layers.Dense(1, activation='sigmoid')
])

model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.01),
              loss='binary_crossentropy',
              metrics=['accuracy'])

history = model.fit(X, y, epochs=40, batch_size=25, verbose=0)

loss, accuracy = model.evaluate(X, y, verbose=0)
print(f'loss {loss:.4f}, accuracy {accuracy:.3f}')
print('centre:', model.predict(np.array([[0.0, 0.0]]), verbose=0)[0][0])
print('in the ring:', model.predict(np.array([[1.1, 0.0]]), verbose=0)[0][0])
results = {'loss': loss, 'accuracy': accuracy}

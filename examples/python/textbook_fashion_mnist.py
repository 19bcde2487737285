# Ten kinds of clothing from 28 x 28 grey images: a 784-32-10 classifier with integer labels.
import numpy as np
from tensorflow import keras
from tensorflow.keras.datasets import fashion_mnist

(x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
print('training images:', x_train.shape, x_train.dtype, 'labels:', y_train.shape)

x_train = x_train.reshape(60000, 784).astype('float32') / 255
x_test = x_test.reshape(10000, 784).astype('float32') / 255

model = keras.Sequential([
    keras.layers.Dense(32, activation='relu', input_shape=(784,)),
    keras.layers.Dense(10, activation='softmax')
])
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])

history = model.fit(x_train, y_train, epochs=5, batch_size=64, verbose=2)
test_loss, test_accuracy = model.evaluate(x_test, y_test, batch_size=500, verbose=0)
print('test accuracy:', round(test_accuracy, 4))

names = ['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot']
predictions = model.predict(x_test[:5], verbose=0)
for probabilities, label in zip(predictions, y_test):
    print(names[np.argmax(probabilities)], '- should be', names[label])
results = {'loss': test_loss, 'accuracy': test_accuracy}

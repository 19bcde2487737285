# A classifier for a table with eight columns, as in many first chapters: 8-10-8-1 with input_dim.
import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

# The table: eight measurements and a yes or no, as comma-separated text.
rng = np.random.default_rng(31)
means, deviations = [4, 120, 70, 20, 80, 32, 0.5, 33], [3, 30, 19, 16, 115, 8, 0.3, 11]
columns = rng.normal(means, deviations, size=(768, 8)).round(3)
risk = (columns[:, 1] - 120) / 30 + (columns[:, 5] - 32) / 10 + rng.normal(0, 0.4, 768)
np.savetxt('table.csv', np.column_stack([columns, risk > 0.6]), delimiter=',', fmt='%g')

dataset = np.loadtxt('table.csv', delimiter=',')
X = dataset[:, 0:8]
y = dataset[:, 8]
X = (X - X.mean(axis=0)) / X.std(axis=0)

model = Sequential()
model.add(Dense(10, input_dim=8, activation='relu'))
model.add(Dense(8, activation='relu'))
model.add(Dense(1, activation='sigmoid'))

model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
history = model.fit(X, y, epochs=20, batch_size=10, verbose=0)

_, accuracy = model.evaluate(X, y, verbose=0)
print('Accuracy: %.2f' % (accuracy * 100))

predictions = (model.predict(X, verbose=0) > 0.5).astype(int)
for i in range(5):
    print('%s => %d (expected %d)' % (X[i].round(2).tolist(), predictions[i, 0], y[i]))
results = {'accuracy': accuracy}

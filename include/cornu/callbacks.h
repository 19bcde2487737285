// Callbacks: stopping, saving, learning rates, logs, and one's own.
#pragma once
#include <cornu/callbacks/callback.h>
#include <cornu/callbacks/logging.h>
#include <cornu/callbacks/rates.h>
#include <cornu/callbacks/saving.h>
#include <cornu/callbacks/stopping.h>

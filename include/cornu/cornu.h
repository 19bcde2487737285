// All of Cornu.
#pragma once
#include <cornu/activations.h>
#include <cornu/callbacks.h>
#include <cornu/data.h>
#include <cornu/evaluation.h>
#include <cornu/initializers.h>
#include <cornu/layers/core.h>
#include <cornu/losses.h>
#include <cornu/metrics.h>
#include <cornu/model.h>
#include <cornu/ops.h>
#include <cornu/optimizers.h>
#include <cornu/regularizers.h>
#include <cornu/saving.h>

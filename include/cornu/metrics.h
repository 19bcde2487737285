// Metrics: running statistics over batches.
#pragma once
#include <cornu/metrics/accuracy.h>
#include <cornu/metrics/mean.h>
#include <cornu/metrics/metric.h>
#include <cornu/metrics/regression.h>

// Metrics: running statistics over batches.
#pragma once
#include <cornu/metrics/accuracy.h>
#include <cornu/metrics/confusion.h>
#include <cornu/metrics/f_score.h>
#include <cornu/metrics/iou.h>
#include <cornu/metrics/mean.h>
#include <cornu/metrics/metric.h>
#include <cornu/metrics/probabilistic.h>
#include <cornu/metrics/regression.h>

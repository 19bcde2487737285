// Losses.
#pragma once
#include <cornu/losses/loss.h>
#include <cornu/losses/probabilistic.h>
#include <cornu/losses/regression.h>
#include <cornu/losses/similarity.h>

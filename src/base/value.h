// Values are public; this name is kept for short includes.
#pragma once
#include <cornu/value.h>

// The version of these headers. The library's name (SONAME) has the first two numbers: within them, programs that were
// built before go on working.
#pragma once

#define CORNU_VERSION "0.1.0"
#define CORNU_VERSION_MAJOR 0
#define CORNU_VERSION_MINOR 1
#define CORNU_VERSION_PATCH 0
/// For comparisons: (major * 100 + minor) * 100 + patch.
#define CORNU_VERSION_NUMBER 100

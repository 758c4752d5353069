// What the library exports, and from which version: nothing else. Knows no type.
#pragma once

#if defined(_WIN32)
#error "adieu needs a POSIX system"
#endif

// Only what is marked is visible in the shared library.
#define ADIEU_API __attribute__((visibility("default")))

#define ADIEU_VERSION_MAJOR 0
#define ADIEU_VERSION_MINOR 2
#define ADIEU_VERSION_PATCH 0
#define ADIEU_VERSION "0.2.0"

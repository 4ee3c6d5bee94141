// SPDX-License-Identifier: Apache-2.0
//
// What the loop of a plugin needs of Linux and Swift's Glibc module does not have.

#ifndef C_PLUGIN_SYSTEM_H
#define C_PLUGIN_SYSTEM_H

#include <sys/epoll.h>
#include <sys/eventfd.h>

#endif

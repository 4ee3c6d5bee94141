// SPDX-License-Identifier: Apache-2.0
//
// What the loop of a plugin needs of Linux and Swift's Glibc module does not have.

#ifndef C_PLUGIN_SYSTEM_H
#define C_PLUGIN_SYSTEM_H

#include <sys/epoll.h>
#include <sys/eventfd.h>

// Connects to the socket of `patchbay plugin attach` and takes the connections that the host hands over, as the
// descriptors from 3 on: as if the host had started this process. Returns 0 or errno.
int patchbay_attach(const char *path);

// Lets the allocator keep what bodies were in, up to 16 MiB: a plugin of one thread takes and frees large pieces with every
// call, and to get them from the kernel anew costs a page fault for each 4 KiB (half the time of translating 128 KiB).
void patchbay_keep_memory(void);

// What ps and top call this process: the first 15 bytes. For its first thread.
void patchbay_name_process(const char *name);

#endif

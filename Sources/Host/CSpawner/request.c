// SPDX-License-Identifier: Apache-2.0
//
// A request of the host, with its descriptors.

#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "spawner.h"

// Takes the descriptors over; what does not fit is closed.
static bool take(struct received_request *received, const struct cmsghdr *header) {
  size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  bool all_fit = true;
  for (size_t index = 0; index < count; index++) {
    int descriptor;
    memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof descriptor);
    if (received->count < PATCHBAY_SPAWN_MAX_DESCRIPTORS) {
      received->descriptors[received->count++] = descriptor;
    } else {
      close(descriptor);
      all_fit = false;
    }
  }
  return all_fit;
}

enum reception spawner_receive(int socket, struct received_request *received) {
  memset(&received->request, 0, sizeof received->request);
  received->count = 0;
  union {
    struct cmsghdr alignment;
    char bytes[CMSG_SPACE(sizeof(int) * PATCHBAY_SPAWN_MAX_DESCRIPTORS)];
  } control;
  struct iovec parts[2] = {{&received->request, sizeof received->request},
                           {received->paths, PATCHBAY_SPAWN_PATHS}};
  struct msghdr message = {.msg_iov = parts,
                           .msg_iovlen = 2,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (length < 0) return errno == EINTR || errno == EAGAIN ? NOTHING : HOST_GONE;
  bool is_whole = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
      is_whole = take(received, header) && is_whole;
  }
  if (length == 0 && received->count == 0) return HOST_GONE;
  ssize_t paths = length - (ssize_t)sizeof received->request;
  if (!is_whole || paths < 0 || (size_t)paths != received->request.paths) return MALFORMED;
  received->paths[paths] = 0;
  return RECEIVED;
}

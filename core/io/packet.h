#ifndef CORE_IO_PACKET_H
#define CORE_IO_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <verbena/attr.h>
#include <verbena/str.h>

/*
 * Messages between our processes: SOCK_SEQPACKET socket pairs, with descriptors
 * beside the octets. A message arrives whole or not at all.
 */
enum { PACKET_MOST = 256 * 1024, PACKET_FDS = 2 };

/* Both ends are closed on exec, and neither blocks. */
VB_MUST_USE bool packet_pair(int fds[2]);

/* False and errno (EAGAIN: later) when it could not be sent. */
VB_MUST_USE bool packet_send(
    int fd, struct vb_str octets, const int *fds, size_t n_fds);

/*
 * Receives one message into a buffer of PACKET_MOST octets. Its length, 0 at
 * the end of the other side, -1 and errno. Descriptors that did not come are
 * -1; those that came are the caller's to close.
 */
ssize_t packet_receive(int fd, void *octets, int fds[PACKET_FDS]);

#endif

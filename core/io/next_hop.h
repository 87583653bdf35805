#ifndef CORE_IO_NEXT_HOP_H
#define CORE_IO_NEXT_HOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <verbena/str.h>

/*
 * A next hop as a route writes it, one word:
 *
 *	mx:isi.test		the mail exchangers of a domain
 *	mx:isi.test:2526	at another port than 25
 *	gate.isi.test		a host, whatever its MX
 *	192.0.2.1:2526		an address; IPv6 in brackets, "[::1]:2526"
 *	mx:[192.0.2.1]		the domain of a mailbox may be an address
 *	mx:[IPv6:2001:db8::1]	literal, which is that address
 */
struct next_hop {
	bool is_mx;
	bool is_address; /* host is an address, and `address` is it */
	char host[256];  /* without brackets */
	uint16_t port;
	struct sockaddr_storage address;
	socklen_t size;
};

/* False: it is none. */
bool next_hop_parse(struct vb_str word, struct next_hop *to);

/* Takes the next word off a list, whose words are parted by blanks. False when
   none is left. */
bool next_hop_word(struct vb_str *list, struct vb_str *word);

#endif

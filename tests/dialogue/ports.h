#ifndef TESTS_DIALOGUE_PORTS_H
#define TESTS_DIALOGUE_PORTS_H

#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

/* The ports of 127.0.0.1 that a server listens on, by name. */
struct ports {
	struct port {
		struct vb_str name; /* of somebody who lives longer */
		uint16_t number;
	} items[64];
	size_t n;
};

/* 0 when there is none of that name. */
uint16_t ports_find(const struct ports *ports, struct vb_str name);

/*
 * The port of that name, which nobody listens on yet, nor shall anybody else of
 * this process; the same one when asked again. 0 when there are too many.
 */
uint16_t ports_take(struct ports *ports, struct vb_str name);

/* A new connection to a port, or -1 and errno. */
int port_connect(uint16_t number);

#endif

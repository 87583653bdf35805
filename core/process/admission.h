#ifndef CORE_PROCESS_ADMISSION_H
#define CORE_PROCESS_ADMISSION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/base/network.h"
#include "core/process/tally.h"
#include "core/smtp/session.h"

/* Who a client is by its address, and whether there is room for one more. */
struct admission {
	struct tally *tally;
	unsigned worker;
	uint32_t site;
	struct address16 address;
	bool is_local; /* on a unix socket: all local programs are one client */
	bool is_counted, is_site_counted;
};

/* A socket address as it is printed, and as networks and limits go by it. What
   is no internet address is "unix". */
void admission_name(const struct sockaddr_storage *from,
    char text[INET6_ADDRSTRLEN], struct address16 *address, uint16_t *port);

/* Counts one more connection. NULL, or why there is no room for it, which is
   then said with 421. Either way, admission_end() when it is over. */
const char *admission_begin(
    struct admission *a, const struct limits_conf *limits);
void admission_end(const struct admission *a);

/* One line: who came to which site, and why it was refused, if it was. */
void admission_log(const struct session_settings *of, const char *why);

#endif

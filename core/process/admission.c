/* Who a client is by its address, and whether there is room for it. */
#include "core/process/admission.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/base/log.h"

void
admission_name(const struct sockaddr_storage *from, char text[INET6_ADDRSTRLEN],
    struct address16 *address, uint16_t *port)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)from;

	*address = (struct address16){ { [10] = 0xff, [11] = 0xff } };
	*port = 0;
	if (from->ss_family == AF_INET6) {
		memcpy(address->octets, &in6->sin6_addr, 16);
		inet_ntop(AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
		*port = ntohs(in6->sin6_port);
	} else if (from->ss_family == AF_INET) {
		memcpy(address->octets + 12, &in4->sin_addr, 4);
		inet_ntop(AF_INET, &in4->sin_addr, text, INET6_ADDRSTRLEN);
		*port = ntohs(in4->sin_port);
	} else {
		*address = (struct address16){ { 0 } };
		snprintf(text, INET6_ADDRSTRLEN, "unix");
	}
}

const char *
admission_begin(struct admission *a, const struct limits_conf *limits)
{
	a->is_site_counted = tally_enter(
	    a->tally, a->worker, a->site, &tally_everyone, limits->connections);
	if (!a->is_site_counted)
		return "Too many connections, try again later";
	if (a->is_local)
		return NULL;
	a->is_counted = tally_enter(
	    a->tally, a->worker, a->site, &a->address, limits->per_client);
	return a->is_counted ? NULL : "Too many connections from your address";
}

void
admission_end(const struct admission *a)
{
	if (a->is_counted)
		tally_leave(a->tally, a->worker, a->site, &a->address);
	if (a->is_site_counted)
		tally_leave(a->tally, a->worker, a->site, &tally_everyone);
}

void
admission_log(const struct session_settings *of, const char *why)
{
	log_event(why == NULL ? VB_DEBUG : VB_NOTICE,
	    why == NULL ? "connect" : "refused",
	    "session=%.*s site=%.*s client=%.*s port=%u%s%s", VB_FMT(of->id),
	    VB_FMT(of->scope->site->conf.name), VB_FMT(of->address),
	    (unsigned)of->port,
	    why == NULL ? "" : " reason=", why == NULL ? "" : why);
}

/*
 * c-ares on a libuv loop. It says which sockets it waits on, and for how long
 * at most; its library does the rest.
 */
#include "core/io/dns.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/io/dns_parse.h"

/* Each try waits twice as long as the one before: 14 seconds in all. */
enum { TIMEOUT_MS = 2000, TRIES = 3 };

struct dns {
	ares_channel channel;
	uv_loop_t *loop;
	uv_timer_t timer;
	struct watch *watches;
};

/* A socket of c-ares's. */
struct watch {
	uv_poll_t poll;
	struct dns *dns;
	struct watch *next;
	ares_socket_t fd;
};

struct question {
	enum dns_type type;
	dns_done *done;
	void *data;
};

static void has_timed_out(uv_timer_t *timer);

static void
set_timer(struct dns *dns)
{
	struct timeval most, *left = ares_timeout(dns->channel, NULL, &most);

	if (left == NULL)
		uv_timer_stop(&dns->timer);
	else
		uv_timer_start(&dns->timer, has_timed_out,
		    (uint64_t)(left->tv_sec * 1000 + left->tv_usec / 1000 + 1),
		    0);
}

static void
has_timed_out(uv_timer_t *timer)
{
	struct dns *dns = timer->data;

	ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	set_timer(dns);
}

static void
has_event(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	struct dns *dns = w->dns;
	ares_socket_t fd = w->fd; /* the watch may go meanwhile */

	if (status < 0)
		events = UV_READABLE | UV_WRITABLE;
	ares_process_fd(dns->channel,
	    events & UV_READABLE ? fd : ARES_SOCKET_BAD,
	    events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
	set_timer(dns);
}

static struct watch *
find_watch(struct dns *dns, ares_socket_t fd)
{
	struct watch *w = dns->watches;

	while (w != NULL && w->fd != fd)
		w = w->next;
	if (w != NULL)
		return w;
	w = must_alloc(sizeof(*w));
	if (uv_poll_init(dns->loop, &w->poll, fd) != 0) {
		free(w);
		return NULL;
	}
	w->poll.data = w;
	w->dns = dns;
	w->fd = fd;
	w->next = dns->watches;
	dns->watches = w;
	return w;
}

static void
watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
drop_watch(struct dns *dns, ares_socket_t fd)
{
	struct watch **link = &dns->watches, *w;

	while (*link != NULL && (*link)->fd != fd)
		link = &(*link)->next;
	w = *link;
	if (w == NULL)
		return;
	*link = w->next;
	uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, watch_closed);
}

/* c-ares says what it waits for; for nothing, when the socket goes. */
static void
socket_changed(void *data, ares_socket_t fd, int readable, int writable)
{
	struct dns *dns = data;
	struct watch *w;

	if (!readable && !writable) {
		drop_watch(dns, fd);
		return;
	}
	w = find_watch(dns, fd);
	if (w != NULL)
		uv_poll_start(&w->poll,
		    (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
		    has_event);
}

static bool
set_servers(struct dns *dns, const struct vb_strings *servers)
{
	struct buffer list = { 0 };
	bool ok;

	if (servers->n == 0)
		return true;
	for (size_t i = 0; i < servers->n; i++)
		buffer_printf(&list, "%s%.*s", i > 0 ? "," : "",
		    VB_FMT(servers->items[i]));
	buffer_add(&list, "", 1);
	ok = ares_set_servers_ports_csv(dns->channel, list.p) == ARES_SUCCESS;
	buffer_finish(&list);
	return ok;
}

struct dns *
dns_create(uv_loop_t *loop, const struct vb_strings *servers)
{
	struct dns *dns = must_alloc(sizeof(*dns));
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
		         ARES_FLAG_EDNS,
		.timeout = TIMEOUT_MS,
		.tries = TRIES,
		.sock_state_cb = socket_changed,
		.sock_state_cb_data = dns,
	};

	dns->loop = loop;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    ares_init_options(&dns->channel, &options,
		ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		    ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS) {
		free(dns);
		return NULL;
	}
	uv_timer_init(loop, &dns->timer);
	dns->timer.data = dns;
	if (set_servers(dns, servers))
		return dns;
	dns_destroy(dns);
	return NULL;
}

static void
timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
dns_destroy(struct dns *dns)
{
	if (dns == NULL)
		return;
	ares_destroy(dns->channel);
	uv_close((uv_handle_t *)&dns->timer, timer_closed);
}

/* What c-ares makes of an answer's code, and of there being none. */
static enum dns_answer
answer_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return DNS_FOUND;
	case ARES_ENODATA:
		return DNS_NO_DATA;
	case ARES_ENOTFOUND:
		return DNS_NO_NAME;
	default:
		return DNS_FAILED;
	}
}

static void
answered(void *data, int status, int timeouts, unsigned char *octets, int n)
{
	struct question *q = data;
	struct dns_record records[DNS_MOST];
	enum dns_answer answer;
	size_t k = 0;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		status = dns_parse(q->type, octets, n, records, &k);
	answer = answer_of(status);
	if (answer == DNS_FOUND && k == 0)
		answer = DNS_NO_DATA;
	q->done(q->data, answer, records, k, ares_strerror(status));
	free(q);
}

void
dns_ask(struct dns *dns, const char *name, enum dns_type type, dns_done *done,
    void *data)
{
	struct question *q = must_alloc(sizeof(*q));

	*q = (struct question){ type, done, data };
	ares_query(dns->channel, name, ns_c_in, (int)type, answered, q);
	set_timer(dns);
}

size_t
dns_hosts_file(struct dns *dns, const char *name, enum dns_type type,
    struct dns_record *records)
{
	struct hostent *host = NULL;
	size_t n = 0;

	if (ares_gethostbyname_file(dns->channel, name,
		type == DNS_A ? AF_INET : AF_INET6, &host) != ARES_SUCCESS)
		return 0;
	for (; n < DNS_MOST && host->h_addr_list[n] != NULL; n++)
		memcpy(records[n].address, host->h_addr_list[n],
		    (size_t)host->h_length);
	ares_free_hostent(host);
	return n;
}

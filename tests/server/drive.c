/*
 * Outbound and the resolver by hand, for tests:
 *
 *	drive resolve [OPTION...] NEXT-HOP
 *	drive send [OPTION...] NEXT-HOP...
 *
 *	-s ADDRESS:PORT  a name server, else those of the machine
 *	-h NAME          what we are called
 *	-f PATH -t PATH  reverse-path; a forward-path, several times
 *	-b FILE          the message, which may have -8 bits
 *	-n COUNT         so many jobs for each next hop, all at once
 *	-p COUNT         connections to one next hop
 *	-m COUNT         messages over one connection
 *	-i SECONDS       how long a connection may be idle
 *	-w SECONDS       each timeout
 *	-a ADDRESS       to send from
 *	-r COUNT -d MS   the same so many times, after a pause
 *	-T SITE          ask each next hop for its mail, too; without -t nothing
 *	                 else is done
 *
 * `resolve` prints the addresses in their order. `send` prints a line for each
 * recipient as its report comes in:
 *
 *	JOB FORWARD-PATH OUTCOME CODE STATUS REMOTE TEXT
 *
 * of a visit with "-" in place of the path. Who turned is told "turned SITE",
 * and no more.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/process/outbound.h"

enum { MOST = 1000 };

static struct {
	struct vb_str servers[8], to[MOST];
	size_t n_servers;
	struct outbound_job job;
	int count, rounds, pause;
	char **hops;
	const char *first; /* of them */
	int n_hops;
} asked = {
	.job = { .id = { "TEST", 4 },
	    .name = { "us.test", 7 },
	    .reverse_path = { "x@us.test", 9 },
	    .recipients = asked.to,
	    .route = { .connect_timeout = { 10 },
		.greeting_timeout = { 10 },
		.command_timeout = { 10 },
		.data_timeout = { 10 },
		.block_timeout = { 10 },
		.end_timeout = { 10 },
		.idle_timeout = { 1 },
		.per_destination = 1,
		.messages = 100 },
	    .message = { .trace = { "X-Trace: here\r\n", 15 }, .file = -1 } },
	.count = 1,
	.rounds = 1,
};

static uv_loop_t *loop;
static struct outbound *outbound;
static struct resolver *resolver;
static uv_timer_t again;

static const char *const outcomes[] = {
	[VB_FAILED] = "none",
	[VB_DELIVERED] = "delivered",
	[VB_LATER] = "later",
	[VB_NEVER] = "never",
};

static void
take_times(int64_t seconds)
{
	struct vb_route *r = &asked.job.route;

	r->connect_timeout.value = r->greeting_timeout.value = seconds;
	r->command_timeout.value = r->data_timeout.value = seconds;
	r->block_timeout.value = r->end_timeout.value = seconds;
}

static bool
take_option(int option, const char *text)
{
	switch (option) {
	case 's':
		asked.servers[asked.n_servers++ % 8] = vb_str(text);
		break;
	case 'h':
		asked.job.name = vb_str(text);
		break;
	case 'f':
		asked.job.reverse_path = vb_str(text);
		break;
	case 't':
		asked.to[asked.job.n_recipients++ % MOST] = vb_str(text);
		break;
	case 'b':
		asked.job.message.file = open(text, O_RDONLY);
		break;
	case '8':
		asked.job.has_8bit = true;
		break;
	case 'n':
		asked.count = atoi(text);
		break;
	case 'p':
		asked.job.route.per_destination = atoi(text);
		break;
	case 'm':
		asked.job.route.messages = atoi(text);
		break;
	case 'i':
		asked.job.route.idle_timeout.value = atoi(text);
		break;
	case 'w':
		take_times(atoi(text));
		break;
	case 'a':
		asked.job.route.bind = vb_str(text);
		break;
	case 'r':
		asked.rounds = atoi(text);
		break;
	case 'd':
		asked.pause = atoi(text);
		break;
	case 'T':
		asked.job.route.turn_site = vb_str(text);
		break;
	default:
		return false;
	}
	return true;
}

static bool
take_options(int argc, char **argv)
{
	struct stat file;
	int option;

	while ((option = getopt(argc, argv, "s:h:f:t:b:8n:p:m:i:w:a:r:d:T:")) !=
	       -1)
		if (!take_option(option, optarg))
			return false;
	asked.hops = argv + optind;
	asked.n_hops = argc - optind;
	if (asked.job.message.file >= 0 &&
	    fstat(asked.job.message.file, &file) == 0)
		asked.job.message.octets = (uint64_t)file.st_size;
	asked.first = argv[optind];
	return asked.first != NULL;
}

static void
has_resolved(void *data, const struct resolved *answer)
{
	(void)data;
	for (size_t i = 0; i < answer->n; i++) {
		const struct resolved_address *a = &answer->addresses[i];
		const struct sockaddr_in *in4 =
		    (const struct sockaddr_in *)&a->address;
		const struct sockaddr_in6 *in6 =
		    (const struct sockaddr_in6 *)&a->address;
		bool is_4 = a->address.ss_family == AF_INET;
		char text[INET6_ADDRSTRLEN] = "";

		if (is_4)
			inet_ntop(AF_INET, &in4->sin_addr, text, sizeof(text));
		else
			inet_ntop(
			    AF_INET6, &in6->sin6_addr, text, sizeof(text));
		printf("%s %s %u\n", a->host, text,
		    ntohs(is_4 ? in4->sin_port : in6->sin6_port));
	}
	if (answer->n == 0)
		printf("%s %s %s\n", outcomes[answer->outcome], answer->status,
		    answer->text);
	resolver_destroy(resolver);
}

static void begin(uv_timer_t *timer);

static void
has_reports(void *data, const struct outbound_report *reports, size_t n)
{
	size_t number = *(size_t *)data;
	bool is_visit = asked.job.n_recipients == 0;

	for (size_t i = 0; i < n; i++)
		printf("%zu %.*s %s %d %.*s %.*s %.*s\n", number,
		    VB_FMT(is_visit ? VB_STR("-") : asked.to[i]),
		    outcomes[reports[i].outcome], reports[i].code,
		    VB_FMT(reports[i].status),
		    (int)(reports[i].remote.n > 0 ? reports[i].remote.n : 1),
		    reports[i].remote.n > 0 ? reports[i].remote.p : "-",
		    VB_FMT(reports[i].text));
	fflush(stdout);
	free(data);
	if (outbound_count(outbound) > 0)
		return;
	if (--asked.rounds > 0)
		uv_timer_start(&again, begin, (uint64_t)asked.pause, 0);
	else
		outbound_finish(outbound);
}

static void
begin(uv_timer_t *timer)
{
	static size_t last;
	size_t *number;

	(void)timer;
	for (int k = 0; k < asked.count; k++)
		for (int i = 0; i < asked.n_hops; i++) {
			asked.job.next_hop = vb_str(asked.hops[i]);
			number = must_alloc(sizeof(*number));
			*number = ++last;
			outbound_send(
			    outbound, &asked.job, has_reports, number);
		}
}

static void
has_turned(void *data, struct channel *channel, struct vb_str site,
    struct destination *by)
{
	(void)data;
	printf("turned %.*s\n", VB_FMT(site));
	channel_drop(channel);
	outbound_turn_ended(by);
}

static int
usage(void)
{
	fprintf(stderr, "usage: drive resolve|send [OPTION...] NEXT-HOP...\n");
	return 2;
}

int
main(int argc, char **argv)
{
	struct vb_strings servers = { asked.servers, 0 };

	if (argc < 3 || !take_options(argc - 1, argv + 1))
		return usage();
	signal(SIGPIPE, SIG_IGN); /* as a worker does */
	log_open(LOG_TO_STDERR, VB_INFO, LOG_TEXT);
	servers.n = asked.n_servers;
	loop = uv_default_loop();
	resolver = resolver_create(loop, &servers);
	if (resolver == NULL)
		return 1;
	if (strcmp(argv[1], "resolve") == 0) {
		resolver_ask(resolver, vb_str(asked.first), asked.job.name,
		    has_resolved, NULL);
		return uv_run(loop, UV_RUN_DEFAULT);
	}
	if (asked.job.n_recipients == 0 ? asked.job.route.turn_site.n == 0
					: asked.job.message.file < 0)
		return usage();
	outbound = outbound_create(loop, resolver, has_turned, NULL);
	uv_timer_init(loop, &again);
	begin(NULL);
	uv_run(loop, UV_RUN_DEFAULT);
	outbound_destroy(outbound);
	resolver_destroy(resolver);
	uv_close((uv_handle_t *)&again, NULL);
	uv_run(loop, UV_RUN_DEFAULT);
	return uv_loop_close(loop) == 0 ? 0 : 3;
}

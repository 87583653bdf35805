/* The servers that one transcript has for itself. */
#include "tests/dialogue/hosts.h"

#include <string.h>

#include "tests/dialogue/text.h"

static bool
next_name(struct vb_str *names, struct vb_str *name)
{
	const char *end = memchr(names->p, ',', names->n);

	*name = *names;
	if (end != NULL)
		name->n = (size_t)(end - names->p);
	names->p += name->n + (end != NULL);
	names->n -= name->n + (end != NULL);
	return name->n > 0;
}

static bool
is_named(const struct host *host, struct vb_str name)
{
	struct vb_str names = host->names, one;

	while (next_name(&names, &one))
		if (vb_str_ieq(one, name))
			return true;
	return false;
}

struct host *
hosts_find(struct hosts *hosts, struct vb_str name)
{
	for (size_t i = 0; i < hosts->n; i++)
		if (is_named(&hosts->items[i], name))
			return &hosts->items[i];
	return NULL;
}

bool
hosts_add(struct hosts *hosts, struct vb_str names, struct vb_str settings)
{
	struct vb_str rest = names, first;
	struct host *host;

	if (!next_name(&rest, &first))
		return false;
	host = hosts_find(hosts, first);
	if (host == NULL &&
	    hosts->n == sizeof(hosts->items) / sizeof(hosts->items[0]))
		return false;
	if (host == NULL) {
		host = &hosts->items[hosts->n++];
		*host = (struct host){ .names = names, .wire.fd = -1 };
	}
	buffer_printf(&host->settings, "%.*s\n", VB_FMT(settings));
	return true;
}

/* The way to each name of another. */
static void
write_routes(struct hosts *hosts, const struct host *from, struct buffer *to)
{
	for (size_t i = 0; i < hosts->n; i++) {
		struct host *host = &hosts->items[i];
		struct vb_str names = host->names, name;

		while (host != from && next_name(&names, &name))
			buffer_printf(to,
			    "%s{ domain = \"%.*s\"; via = \"127.0.0.1:%u\"; }",
			    to->n > 0 ? ", " : "", VB_FMT(name),
			    (unsigned)ports_take(
				&host->server.ports, HOSTS_PORT));
	}
}

static void
write_domains(const struct host *host, struct buffer *to)
{
	struct vb_str names = host->names, name;

	while (next_name(&names, &name))
		buffer_printf(
		    to, "%s\"%.*s\"", to->n > 0 ? ", " : "", VB_FMT(name));
}

static bool
start(struct hosts *hosts, struct host *host, const char *profile,
    struct buffer *told)
{
	struct vb_str names = host->names, name;

	next_name(&names, &name);
	write_domains(host, &host->domains);
	write_routes(hosts, host, &host->routes);
	host->words[0] = (struct server_word){ "NAME", name };
	host->words[1] = (struct server_word){ "PROFILE", vb_str(profile) };
	host->words[2] = (struct server_word){ "DOMAINS",
		buffer_str(&host->domains) };
	host->words[3] = (struct server_word){ "ROUTES",
		buffer_str(&host->routes) };
	host->words[4] = (struct server_word){ "SETTINGS",
		buffer_str(&host->settings) };
	return server_start(
	    &host->server, "tests/dialogue/host.conf", host->words, told);
}

bool
hosts_start(struct hosts *hosts, const char *build, const char *profile,
    struct buffer *told)
{
	if (hosts->are_up)
		return true;
	hosts->are_up = true;
	for (size_t i = 0; i < hosts->n; i++)
		server_init(&hosts->items[i].server, build);
	for (size_t i = 0; i < hosts->n; i++)
		if (!start(hosts, &hosts->items[i], profile, told))
			return false;
	for (size_t i = 0; i < hosts->n; i++)
		if (!server_wait(&hosts->items[i].server, told))
			return false;
	return true;
}

bool
hosts_stop(struct hosts *hosts, struct buffer *told)
{
	bool is_good = true;

	for (size_t i = 0; i < hosts->n; i++)
		server_ask_to_stop(&hosts->items[i].server);
	for (size_t i = 0; i < hosts->n; i++) {
		struct server *server = &hosts->items[i].server;

		if (server->pid > 0 && !server_stop(server, told))
			is_good = false;
	}
	return is_good;
}

void
hosts_finish(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->n; i++) {
		struct host *host = &hosts->items[i];

		wire_finish(&host->wire);
		server_finish(&host->server);
		buffer_finish(&host->settings);
		buffer_finish(&host->domains);
		buffer_finish(&host->routes);
	}
	hosts->n = 0;
}

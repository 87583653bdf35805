/* Next hops, as routes write them. */
#include "core/io/next_hop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { SMTP_PORT = 25 };

static bool
take_prefix(struct vb_str *text, struct vb_str prefix)
{
	struct vb_str head = *text;

	if (text->n < prefix.n)
		return false;
	head.n = prefix.n;
	if (!vb_str_ieq(head, prefix))
		return false;
	text->p += prefix.n;
	text->n -= prefix.n;
	return true;
}

static bool
parse_port(struct vb_str digits, uint16_t *port)
{
	unsigned value = 0;

	if (digits.n == 0 || digits.n > 5)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
		value = value * 10 + (unsigned)(digits.p[i] - '0');
	}
	*port = (uint16_t)value;
	return value > 0 && value <= 65535;
}

/* Takes ":25" off the end, which is not within brackets. */
static bool
take_port(struct vb_str *text, uint16_t *port)
{
	size_t n = text->n;

	while (n > 0 && text->p[n - 1] != ':' && text->p[n - 1] != ']')
		n--;
	if (n == 0 || text->p[n - 1] == ']')
		return n == 0 || n == text->n;
	if (!parse_port((struct vb_str){ text->p + n, text->n - n }, port))
		return false;
	text->n = n - 1;
	return true;
}

static bool
copy_host(struct vb_str host, struct next_hop *to)
{
	if (host.n == 0 || host.n >= sizeof(to->host))
		return false;
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] <= ' ' || host.p[i] > '~')
			return false;
	memcpy(to->host, host.p, host.n);
	to->host[host.n] = '\0';
	return true;
}

static bool
parse_address(struct next_hop *to)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)&to->address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&to->address;

	to->is_address = true;
	if (inet_pton(AF_INET, to->host, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(to->port);
		to->size = sizeof(*in4);
		return true;
	}
	if (inet_pton(AF_INET6, to->host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(to->port);
		to->size = sizeof(*in6);
		return true;
	}
	to->is_address = false;
	return false;
}

/* A name: nothing that means something else in a list or to a resolver. */
static bool
is_name(const char *host)
{
	return host[strspn(host, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] ==
	       '\0';
}

bool
next_hop_parse(struct vb_str word, struct next_hop *to)
{
	*to = (struct next_hop){ .port = SMTP_PORT };
	to->is_mx = take_prefix(&word, VB_STR("mx:"));
	if (!take_port(&word, &to->port))
		return false;
	if (word.n < 2 || word.p[0] != '[')
		return copy_host(word, to) &&
		       (parse_address(to) || is_name(to->host));
	word.p++;
	word.n--;
	if (word.p[word.n - 1] != ']')
		return false;
	word.n--;
	take_prefix(&word, VB_STR("IPv6:"));
	return copy_host(word, to) && parse_address(to);
}

bool
next_hop_word(struct vb_str *list, struct vb_str *word)
{
	while (list->n > 0 && list->p[0] == ' ') {
		list->p++;
		list->n--;
	}
	*word = *list;
	for (word->n = 0; word->n < list->n && word->p[word->n] != ' ';)
		word->n++;
	list->p += word->n;
	list->n -= word->n;
	return word->n > 0;
}

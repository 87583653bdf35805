/*
 * Domains and address literals (RFC 5321 §4.1.2, §4.1.3).
 *
 *	Domain           = sub-domain *( "." sub-domain )
 *	address-literal  = "[" ( IPv4-address-literal / IPv6-address-literal /
 *	                   General-address-literal ) "]"
 *
 * Both profiles take the same. RFC 821 §4.1.2 would also let literals and
 * numbers stand among the names, "a.[10.0.0.1].#7", which never named a host;
 * RFC 1123 §2.1 lets a name begin with a digit. An underscore is against the
 * rules, and common.
 */
#include "core/smtp/domain.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/smtp/scan.h"

enum { DOMAIN_MOST = 255, DOMAIN_MOST_RFC821 = 64 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_let_dig_hyp(char c)
{
	return is_digit(c) || c == '-' ||
	       (vb_lower(c) >= 'a' && vb_lower(c) <= 'z');
}

static bool
is_name_octet(char c)
{
	return is_let_dig_hyp(c) || c == '_';
}

/* Printable, without "[", "\" and "]". */
static bool
is_dcontent(char c)
{
	return c > ' ' && c < 0x7f && (c < '[' || c > ']');
}

/* sub-domain = Let-dig [Ldh-str] */
static bool
sub_domain(struct vb_str *text)
{
	struct vb_str name = scan_while(text, is_name_octet);

	return name.n > 0 && name.p[0] != '-' && name.p[name.n - 1] != '-';
}

/* Snum = 1*3DIGIT, 0 to 255 */
static bool
snum(struct vb_str *text)
{
	struct vb_str digits = scan_while(text, is_digit);
	int value = 0;

	if (digits.n == 0 || digits.n > 3)
		return false;
	for (size_t i = 0; i < digits.n; i++)
		value = value * 10 + (digits.p[i] - '0');
	return value <= 255;
}

/* IPv4-address-literal = Snum 3("." Snum), all of text */
static bool
is_ipv4(struct vb_str text)
{
	for (int i = 0; i < 4; i++)
		if ((i > 0 && !scan_octet(&text, '.')) || !snum(&text))
			return false;
	return text.n == 0;
}

static bool
is_ipv6(struct vb_str text)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return inet_pton(AF_INET6, copy, &address) == 1;
}

/* Standardized-tag ":" 1*dcontent, where the tag "IPv6" has its own rule */
static bool
is_tagged(struct vb_str text)
{
	struct vb_str tag = scan_while(&text, is_let_dig_hyp);

	if (tag.n == 0 || tag.p[tag.n - 1] == '-' || !scan_octet(&text, ':'))
		return false;
	if (vb_str_ieq(tag, VB_STR("IPv6")))
		return is_ipv6(text);
	return text.n > 0;
}

static bool
literal(struct vb_str *text)
{
	struct vb_str content;

	if (!scan_octet(text, '['))
		return false;
	content = scan_while(text, is_dcontent);
	return scan_octet(text, ']') &&
	       (is_ipv4(content) || is_tagged(content));
}

static bool
names(struct vb_str *text)
{
	do {
		if (!sub_domain(text))
			return false;
	} while (scan_octet(text, '.'));
	return true;
}

/* "#" number, of RFC 821 */
static enum address_fault
number(struct vb_str *text)
{
	scan_octet(text, '#');
	return scan_while(text, is_digit).n > 0 ? ADDRESS_NUMBER
	                                        : ADDRESS_SYNTAX;
}

enum address_fault
domain_take(enum profile profile, struct vb_str *text, struct vb_str *domain)
{
	const size_t most = profile == PROFILE_RFC821 ? DOMAIN_MOST_RFC821
	                                              : DOMAIN_MOST;
	struct vb_str taken = *text;

	if (text->n == 0)
		return ADDRESS_SYNTAX;
	if (text->p[0] == '#')
		return number(text);
	if (!(text->p[0] == '[' ? literal(text) : names(text)))
		return ADDRESS_SYNTAX;
	taken.n -= text->n;
	if (taken.n > most)
		return ADDRESS_DOMAIN_LONG;
	*domain = taken;
	return ADDRESS_GOOD;
}

bool
address_is_domain(enum profile profile, struct vb_str text)
{
	struct vb_str domain;

	return domain_take(profile, &text, &domain) == ADDRESS_GOOD &&
	       text.n == 0;
}

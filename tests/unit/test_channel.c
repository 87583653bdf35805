/*
 * Channels: what changes hands loses nothing and is read once, whoever has it.
 * Each test is one connection to ourselves.
 */
#include "core/io/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

enum { LARGE = 4 * 1024 * 1024 };

/* One user of a channel, and what it has heard. */
struct ear {
	struct channel *channel;
	struct buffer heard;
	struct ear *heir; /* gets the channel as soon as octets came */
	int connected, sent, gone, closed;
};

static uv_loop_t loop;
static uv_tcp_t listener;
static struct ear ours, theirs, heir;

static void give(struct ear *to, struct channel *c);

static void
is_connected(void *data)
{
	((struct ear *)data)->connected++;
}

static void
take_octets(void *data, struct vb_str octets)
{
	struct ear *e = data;

	buffer_add_str(&e->heard, octets);
	if (e->heir != NULL)
		give(e->heir, e->channel);
}

static void
has_sent(void *data)
{
	((struct ear *)data)->sent++;
}

static void
is_gone(void *data, int error)
{
	(void)error;
	((struct ear *)data)->gone++;
}

static void
is_closed(void *data)
{
	struct ear *e = data;

	e->closed++;
	e->channel = NULL;
}

static const struct channel_user user = {
	.connected = is_connected,
	.octets = take_octets,
	.sent = has_sent,
	.gone = is_gone,
	.closed = is_closed,
};

static void
give(struct ear *to, struct channel *c)
{
	to->channel = c;
	channel_give(c, &user, to);
}

static void
has_client(uv_stream_t *stream, int status)
{
	struct channel *c = channel_accept(stream, false);

	assert_int_equal(status, 0);
	assert_non_null(c);
	give(&ours, c);
}

static int
connect_both(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_storage to = { 0 };
	int size = sizeof(to), error;
	struct channel *c;

	(void)state;
	ours = theirs = heir = (struct ear){ 0 };
	uv_loop_init(&loop);
	uv_tcp_init(&loop, &listener);
	uv_tcp_bind(&listener, (const struct sockaddr *)&at, 0);
	uv_listen((uv_stream_t *)&listener, 1, has_client);
	uv_tcp_getsockname(&listener, (struct sockaddr *)&to, &size);
	c = channel_connect(&loop, &to, NULL, &error);
	assert_non_null(c);
	give(&theirs, c);
	while (ours.channel == NULL || theirs.connected == 0)
		uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&listener, NULL);
	return 0;
}

static int
close_both(void **state)
{
	struct ear *all[] = { &ours, &theirs, &heir };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		if (all[i]->channel != NULL)
			channel_drop(all[i]->channel);
		buffer_finish(&all[i]->heard);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	return 0;
}

static void
send_text(struct ear *from, const char *text)
{
	struct buffer output = { 0 };

	buffer_printf(&output, "%s", text);
	assert_true(channel_send(from->channel, &output));
	buffer_finish(&output);
}

static void
hear(const struct ear *e, const char *text)
{
	for (int i = 0; i < 1000 && e->heard.n < strlen(text); i++)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(e->heard.n, strlen(text));
	assert_memory_equal(e->heard.p, text, e->heard.n);
}

static void
who_gives_it_away_hears_no_more(void **state)
{
	(void)state;
	channel_read(ours.channel, true);
	send_text(&theirs, "TURN");
	hear(&ours, "TURN");
	give(&heir, ours.channel);
	ours.channel = NULL;
	send_text(&theirs, "220");
	hear(&heir, "220");
	hear(&ours, "TURN");
	channel_close(heir.channel);
	while (heir.closed == 0)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(ours.closed + ours.gone, 0);
}

static void
what_was_not_read_goes_to_who_has_it_then(void **state)
{
	(void)state;
	channel_read(ours.channel, true);
	send_text(&theirs, "TURN");
	hear(&ours, "TURN");
	channel_read(ours.channel, false);
	send_text(&theirs, "220");
	for (int i = 0; i < 10; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	give(&heir, ours.channel);
	ours.channel = NULL;
	channel_read(heir.channel, true);
	hear(&heir, "220");
	hear(&ours, "TURN");
}

static void
it_may_be_given_while_octets_are_heard(void **state)
{
	(void)state;
	ours.heir = &heir;
	channel_read(ours.channel, true);
	send_text(&theirs, "TURN");
	hear(&ours, "TURN");
	ours.channel = NULL;
	send_text(&theirs, "220");
	hear(&heir, "220");
}

static void
the_end_is_told_to_who_has_it(void **state)
{
	(void)state;
	give(&heir, ours.channel);
	ours.channel = NULL;
	channel_read(heir.channel, true);
	channel_end(theirs.channel);
	while (heir.closed == 0)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(heir.gone, 1);
	assert_int_equal(ours.gone + ours.closed, 0);
}

static void
what_was_not_sent_yet_is_sent_all_the_same(void **state)
{
	struct buffer output = { 0 };

	(void)state;
	for (size_t i = 0; i < LARGE; i++)
		buffer_add(&output, "x", 1);
	assert_true(channel_send(ours.channel, &output));
	assert_true(channel_unsent(ours.channel) > 0);
	give(&heir, ours.channel);
	ours.channel = NULL;
	channel_read(theirs.channel, true);
	while (theirs.heard.n < LARGE || heir.sent == 0)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(theirs.heard.n, LARGE);
	assert_int_equal(ours.sent, 0);
	buffer_finish(&output);
}

static void
who_drops_it_hears_no_more(void **state)
{
	(void)state;
	channel_drop(ours.channel);
	ours.channel = NULL;
	channel_read(theirs.channel, true);
	while (theirs.closed == 0)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(ours.closed + ours.gone, 0);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, connect_both, close_both)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_gives_it_away_hears_no_more),
		CASE(what_was_not_read_goes_to_who_has_it_then),
		CASE(it_may_be_given_while_octets_are_heard),
		CASE(the_end_is_told_to_who_has_it),
		CASE(what_was_not_sent_yet_is_sent_all_the_same),
		CASE(who_drops_it_hears_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

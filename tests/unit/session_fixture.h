#ifndef TESTS_UNIT_SESSION_FIXTURE_H
#define TESTS_UNIT_SESSION_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/io/conf.h"
#include "core/io/process.h"
#include "core/process/generation.h"
#include "core/smtp/session.h"
#include "core/smtp/state.h"
#include "tests/unit/puppet.h"

/*
 * Sessions without sockets: a configuration with two sites, real modules, and
 * a host that does what the test says. The puppet's strings are in the test's
 * hands; see puppet.h.
 *
 * A test opens a lab, then talks in it. What is said is all that counts.
 */

/* Hooks in a test call the core as a module does. */
const struct vb_core *vb_core = &core_table;

struct lab {
	struct generation *generation;
	struct puppet *puppet;
};

/* While the core runs, what it logs goes to a file that a test can read. */
static int log_file = -1, log_stderr = -1;

static inline void
log_catch(void)
{
	if (log_file < 0) {
		log_file = process_memory_file("log");
		log_stderr = dup(STDERR_FILENO);
		log_open(LOG_TO_STDERR, VB_DEBUG, LOG_TEXT);
	}
	dup2(log_file, STDERR_FILENO);
}

static inline void
log_release(void)
{
	dup2(log_stderr, STDERR_FILENO);
}

/* What was logged since the last time; free() it. */
static inline char *
log_take(void)
{
	off_t n = lseek(log_file, 0, SEEK_END);
	char *text = calloc(1, (size_t)n + 1);

	assert_non_null(text);
	assert_int_equal(pread(log_file, text, (size_t)n, 0), n);
	assert_int_equal(ftruncate(log_file, 0), 0);
	lseek(log_file, 0, SEEK_SET);
	return text;
}

/* The log says this n times; then it is empty. */
static inline void
assert_logged(size_t n, const char *what)
{
	char *text = log_take();
	size_t found = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		found++;
	if (found != n)
		fail_msg(
		    "\"%s\" %zu times, not %zu, in:\n%s", what, found, n, text);
	free(text);
}

enum {
	MODERN = 0,
	OLD = 1,
	MOST_ASKED = 2048,
	MOST_COUNTS = 8,
	MOST_REACHED = 64
};

struct talk {
	struct session *session;
	struct buffer said;

	/* How the host is. */
	bool stores_later, answers_later, is_body_full, forgets_body;
	int code; /* of the answer to a message; 0: 250 */
	const char *status, *text;
	enum vb_known known; /* the answer to slow lookups */
	const struct vb_found *found;
	size_t n_found;
	enum vb_room room; /* in every mailbox; 0: VB_ROOM_LEFT */
	const char *here;  /* " smith jsmith ": those at a terminal, or NULL */
	bool shows_part;
	struct vb_kept kept; /* the answer for any domains; 0: unsure */

	/* What the host heard. */
	bool is_storing;
	unsigned asked[MOST_ASKED];
	char asked_names[MOST_ASKED][32];
	size_t n_asked, answered;
	unsigned room_asked; /* 0: nothing to answer */
	size_t n_rooms;
	uint64_t room_octets; /* asked for last */
	unsigned kept_asked;  /* 0: nothing to answer */
	size_t n_kept;
	unsigned reached[MOST_REACHED];
	bool is_here[MOST_REACHED];
	size_t n_reached, reached_answered;
	struct buffer looked_for, shown; /* " smith" each */
	struct buffer kept_for; /* " a.test,b.test" each, "!" that lets go */
	struct buffer body, trace, recipients; /* of the last message */
	struct buffer sender, return_path;
	uint64_t octets;
	size_t stores, discards;
	struct {
		char what[64];
		uint64_t n;
	} counts[MOST_COUNTS];
	size_t n_counts;
};

static inline void
lab_dir(char *dir, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", dir, size - 1);

	assert_true(n > 0);
	dir[n] = '\0';
	*strrchr(dir, '/') = '\0';
}

static inline const char *
lab_modules(const char *dir)
{
	static char text[512];

	if (getenv("MODULES") != NULL)
		return getenv("MODULES");
	snprintf(text, sizeof(text), "%s/../../modules", dir);
	return text;
}

static inline void
lab_write(FILE *f, const char *sites, bool slow)
{
	char dir[400];

	lab_dir(dir, sizeof(dir));
	fprintf(f, "hostname = \"mx.lab.test\"; module_dir = \"%s\";\n",
	    lab_modules(dir));
	fprintf(f,
	    "modules = [ \"basic\", \"directory\", \"relay\", \"maildir\", "
	    "\"%s/modules/puppet.so\", \"ehlo\", \"help\", \"vrfy\", "
	    "\"expn\", \"send\", \"vtty\", \"size\", \"eightbitmime\", "
	    "\"pipelining\", \"turn\", \"etrn\", \"atrn\"",
	    dir);
	if (slow)
		fprintf(f, ", \"%s/modules/slow.so\"", dir);
	fprintf(f, " ];\nsites = (\n");
	fprintf(f,
	    "{ name = \"modern\"; profile = \"rfc5321\"; "
	    "domains = [ \"lab.test\", \"second.test\" ]; "
	    "enable = [ \"PLAY\", \"NARROW\", \"STRICT\", \"SWAP\", "
	    "\"EHLO\", "
	    "\"HELP\", \"VRFY\", \"EXPN\", \"SEND\", \"SOML\", \"SAML\", "
	    "\"TURN\", \"ETRN\", \"ATRN\" ]; %s },\n",
	    sites);
	fprintf(f,
	    "{ name = \"old\"; profile = \"rfc821\"; "
	    "domains = [ \"lab.test\", \"second.test\" ]; "
	    "enable = [ \"PLAY\", \"NARROW\", \"STRICT\", \"SWAP\", "
	    "\"HELP\", "
	    "\"VRFY\", \"EXPN\", \"SEND\", \"SOML\", \"SAML\", "
	    "\"TURN\" ]; %s });\n",
	    sites);
	fprintf(f, "directory: { users = ("
		   "{ name = \"smith\"; full_name = \"Fred Smith\"; },"
		   "{ name = \"jsmith\"; full_name = \"John Smith\"; },"
		   "{ name = \"postmaster\"; });\n"
		   "lists = ("
		   "{ name = \"staff\"; members = [ \"smith\", \"jsmith\" ]; },"
		   "{ name = \"loop\"; members = "
		   "[ \"loop@lab.test\", \"smith\" ]; },"
		   "{ name = \"all\"; members = "
		   "[ \"staff@lab.test\", \"postmaster\", \"smith\" ]; },"
		   "{ name = \"away\"; members = "
		   "[ \"smith\", \"Joe <joe@far.test>\" ]; });\n"
		   "forwards = ("
		   "{ from = \"gone@lab.test\"; to = \"gone@far.test\"; "
		   "reply = 551; }); };\n");
	/* Who says HELO a.test may collect. */
	for (size_t i = 0; i < 3; i++)
		fprintf(f,
		    "%s: { peers = ( { match = [ \"192.0.2.7\" ]; "
		    "helo = \"a.test\"; domains = [ \"held.test\" ]; } ); };\n",
		    (const char *[]){ "turn", "etrn", "atrn" }[i]);
}

/* `sites` is what both sites are to say besides; slow: with slow.so. */
static inline struct lab *
lab_open(const char *sites, bool slow)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct problems problems = { 0 };
	char name[] = "/tmp/session-fixture-XXXXXX", dir[400], path[512];
	FILE *f = fdopen(mkstemp(name), "w");
	void *puppet;

	assert_non_null(lab);
	assert_non_null(f);
	lab_write(f, sites, slow);
	fclose(f);
	log_catch();
	log_release();
	free(log_take());
	lab->generation = generation_load(
	    conf_read(name, &problems), &problems);
	unlink(name);
	problems_print(&problems, stderr);
	assert_int_equal(problems.n, 0);
	problems_finish(&problems);
	lab_dir(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/modules/puppet.so", dir);
	puppet = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
	assert_non_null(puppet);
	lab->puppet = dlsym(puppet, "puppet_strings");
	assert_non_null(lab->puppet);
	*lab->puppet = (struct puppet){ 0 };
	dlclose(puppet);
	return lab;
}

static inline void
lab_close(struct lab *lab)
{
	generation_destroy(lab->generation);
	free(lab);
}

static inline void
talk_ask(void *host, unsigned number, const struct scope *scope,
    const struct module *module, const struct vb_query *query)
{
	struct talk *t = host;

	(void)scope, (void)module;
	assert_true(t->n_asked < MOST_ASKED);
	snprintf(t->asked_names[t->n_asked], sizeof(t->asked_names[0]), "%.*s",
	    VB_FMT(query->name));
	t->asked[t->n_asked++] = number;
}

static inline void
talk_room(void *host, unsigned number, const struct scope *scope,
    const struct vb_found *whom, uint64_t octets)
{
	struct talk *t = host;

	(void)whom;
	assert_string_equal(scope->deliver->name, "maildir");
	t->room_octets = octets;
	t->room_asked = number;
	t->n_rooms++;
}

static inline void
talk_reach(void *host, unsigned number, const struct reach *what)
{
	struct talk *t = host;
	char name[64];

	assert_true(t->n_reached < MOST_REACHED);
	snprintf(name, sizeof(name), " %.*s ", VB_FMT(what->whom->user));
	t->is_here[t->n_reached] = t->here != NULL &&
	                           strstr(t->here, name) != NULL;
	t->reached[t->n_reached++] = number;
	buffer_printf(what->shows ? &t->shown : &t->looked_for, " %.*s%s",
	    VB_FMT(what->whom->user), what->is_mailed ? "+" : "");
}

static inline void
talk_kept(
    void *host, unsigned number, const struct vb_strings *domains, bool lets_go)
{
	struct talk *t = host;

	t->kept_asked = number;
	t->n_kept++;
	for (size_t i = 0; i < domains->n; i++)
		buffer_printf(&t->kept_for, "%s%.*s", i == 0 ? " " : ",",
		    VB_FMT(domains->items[i]));
	buffer_printf(&t->kept_for, lets_go ? "!" : "");
}

static inline bool
talk_body(void *host, struct vb_str octets)
{
	struct talk *t = host;

	t->octets += octets.n;
	if (!t->forgets_body)
		buffer_add_str(&t->body, octets);
	return !t->is_body_full;
}

static inline void
talk_discard(void *host)
{
	struct talk *t = host;

	t->body.n = 0;
	t->octets = 0;
	t->discards++;
}

/* The window is without end. */
static inline uint64_t
talk_count(
    void *host, struct vb_str what, struct vb_seconds window, unsigned more)
{
	struct talk *t = host;
	size_t i = 0;

	assert_true(window.value > 0);
	while (
	    i < t->n_counts && strncmp(t->counts[i].what, what.p, what.n) != 0)
		i++;
	assert_true(i < MOST_COUNTS);
	snprintf(
	    t->counts[i].what, sizeof(t->counts[i].what), "%.*s", VB_FMT(what));
	t->n_counts = i == t->n_counts ? i + 1 : t->n_counts;
	return t->counts[i].n += more;
}

static inline void
talk_store(void *host, const struct message *m)
{
	struct talk *t = host;

	t->stores++;
	t->is_storing = true;
	assert_int_equal(m->octets, t->octets);
	t->trace.n = t->recipients.n = t->sender.n = t->return_path.n = 0;
	buffer_add_str(&t->trace, m->trace);
	buffer_add_str(&t->sender, m->reverse_path);
	buffer_add_str(&t->return_path, m->return_path);
	for (size_t i = 0; i < m->n_recipients; i++)
		buffer_printf(&t->recipients, "%s%.*s%s", i == 0 ? "" : " ",
		    VB_FMT(m->recipients[i].mailbox),
		    m->failures != NULL && m->failures[i].status.n > 0 ? "!"
								       : "");
}

static const struct session_host talk_host = {
	.ask = talk_ask,
	.room = talk_room,
	.reach = talk_reach,
	.kept = talk_kept,
	.body = talk_body,
	.discard = talk_discard,
	.count = talk_count,
	.store = talk_store,
};

static inline struct vb_str
talk_id(void)
{
	static unsigned last;
	static char text[16];

	snprintf(text, sizeof(text), "M%u", ++last);
	return vb_str(text);
}

/* The host says that the message is stored, or what else came of it. */
static inline void
talk_stored(struct talk *t)
{
	t->is_storing = false;
	t->body.n = t->code == 0 || t->code == 250 ? t->body.n : 0;
	t->octets = 0;
	session_stored(t->session, t->code == 0 ? 250 : t->code,
	    t->status == NULL ? "2.0.0" : t->status,
	    vb_str(t->text == NULL ? "OK, stored" : t->text));
}

/* From now on slow lookups find this mailbox, and no hurry. */
static inline void
talk_finds(struct talk *t, const char *user)
{
	static struct vb_found found;

	found = (struct vb_found){
		.size = sizeof(found), .kind = VB_MAILBOX, .user = vb_str(user)
	};
	t->found = &found;
	t->n_found = 1;
	t->known = VB_KNOWN;
	t->answers_later = true;
}

/* The host answers the oldest lookup it was asked. */
static inline void
talk_answer(struct talk *t)
{
	assert_true(t->answered < t->n_asked);
	session_answer(t->session, t->asked[t->answered++], t->known, t->found,
	    t->n_found);
}

/* The host answers whether there is room. */
static inline void
talk_answer_room(struct talk *t)
{
	const unsigned number = t->room_asked;

	t->room_asked = 0;
	session_room(t->session, number,
	    t->room == VB_ROOM_PENDING ? VB_ROOM_LEFT : t->room);
}

/* The host answers what is kept. */
static inline void
talk_answer_kept(struct talk *t)
{
	const unsigned number = t->kept_asked;
	struct vb_kept answer = t->kept;

	answer.size = sizeof(answer);
	if (answer.state == VB_KEPT_PENDING)
		answer.state = VB_KEPT_UNSURE;
	t->kept_asked = 0;
	session_kept(t->session, number, &answer);
}

/* The host says what the terminals say, to the oldest question. */
static inline void
talk_answer_reach(struct talk *t)
{
	const size_t n = t->reached_answered++;

	session_reached(t->session, t->reached[n],
	    t->is_here[n] ? VB_PRESENCE_HERE : VB_PRESENCE_AWAY,
	    !t->is_here[n]  ? VB_SHOWN_NOT
	    : t->shows_part ? VB_SHOWN_PART
			    : VB_SHOWN_ALL);
}

/* The host does what it does at once. */
static inline void
talk_pump(struct talk *t)
{
	for (;;) {
		if (t->is_storing && !t->stores_later)
			talk_stored(t);
		else if (t->answered < t->n_asked && !t->answers_later)
			talk_answer(t);
		else if (t->room_asked != 0 && !t->answers_later)
			talk_answer_room(t);
		else if (t->kept_asked != 0 && !t->answers_later)
			talk_answer_kept(t);
		else if (t->reached_answered < t->n_reached &&
			 !t->answers_later)
			talk_answer_reach(t);
		else
			return;
	}
}

static inline struct talk *
talk_create(struct lab *lab, int site)
{
	struct talk *t = calloc(1, sizeof(*t));
	const struct session_settings settings = {
		.sites = lab->generation->sites,
		.scope = lab->generation->sites->items[site].everyone,
		.host = &talk_host,
		.host_data = t,
		.hostname = lab->generation->top.process.hostname,
		.address = VB_STR("192.0.2.7"),
		.local_address = VB_STR("192.0.2.1"),
		.port = 4711,
		.id = VB_STR("S1"),
		.make_id = talk_id,
	};

	assert_non_null(t);
	t->session = session_create(&settings);
	return t;
}

static inline void
talk_start(struct talk *t)
{
	log_catch();
	session_start(t->session);
	log_release();
}

/* What was said since the last time; lives until the next. */
static inline const char *
talk_said(struct talk *t)
{
	struct buffer *output = session_output(t->session);

	t->said.n = 0;
	buffer_add_str(&t->said, buffer_str(output));
	buffer_add(&t->said, "", 1);
	buffer_drop(output, output->n);
	return t->said.p;
}

/* A session that has greeted. */
static inline struct talk *
talk_open(struct lab *lab, int site)
{
	struct talk *t = talk_create(lab, site);

	talk_start(t);
	assert_string_equal(talk_said(t),
	    site == MODERN
		? "220 mx.lab.test SMTP ready\r\n"
		: "220 mx.lab.test Simple Mail Transfer Service ready\r\n");
	return t;
}

static inline void
talk_close(struct talk *t)
{
	log_catch();
	session_destroy(t->session);
	log_release();
	buffer_finish(&t->said);
	buffer_finish(&t->body);
	buffer_finish(&t->trace);
	buffer_finish(&t->recipients);
	buffer_finish(&t->sender);
	buffer_finish(&t->return_path);
	buffer_finish(&t->looked_for);
	buffer_finish(&t->shown);
	buffer_finish(&t->kept_for);
	free(t);
}

static inline void
talk_feed_str(struct talk *t, struct vb_str octets)
{
	log_catch();
	session_input(t->session, octets);
	talk_pump(t);
	log_release();
}

static inline void
talk_feed(struct talk *t, const char *octets)
{
	talk_feed_str(t, vb_str(octets));
}

/* What is said when the client sends this. */
#define assert_talk(t, octets, says)                       \
	do {                                               \
		talk_feed(t, octets);                      \
		assert_string_equal(talk_said(t), (says)); \
	} while (0)

/* Time passes for the session, as if this many milliseconds did. */
static inline void
talk_later(struct talk *t, int64_t ms)
{
	struct session *s = t->session;

	s->end -= ms;
	s->until -= ms;
	s->wait_end -= ms;
	log_catch();
	session_timeout(s);
	talk_pump(t);
	log_release();
}

/* The replies' codes only, "250 550". */
static inline const char *
talk_codes(struct talk *t)
{
	static char codes[512];
	size_t n = 0;

	codes[0] = '\0';
	for (const char *p = talk_said(t); *p != '\0';
	     p = strchr(p, '\n') + 1) {
		assert_non_null(strchr(p, '\n'));
		if (p[3] == '-')
			continue;
		assert_true(n + 5 < sizeof(codes));
		n += (size_t)snprintf(codes + n, sizeof(codes) - n, "%s%.3s",
		    n == 0 ? "" : " ", p);
	}
	return codes;
}

#define assert_codes(t, octets, says)                       \
	do {                                                \
		talk_feed(t, octets);                       \
		assert_string_equal(talk_codes(t), (says)); \
	} while (0)

#define ENVELOPE                                    \
	"HELO a.test\r\nMAIL FROM:<ann@a.test>\r\n" \
	"RCPT TO:<smith@lab.test>\r\n"
#define SLOWLY                                      \
	"HELO a.test\r\nMAIL FROM:<ann@a.test>\r\n" \
	"RCPT TO:<slow@lab.test>\r\n"
#define MESSAGE "DATA\r\nSubject: x\r\n\r\nHello\r\n.\r\n"

#endif

/* The core that fake.h tells of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

struct fake_block {
	struct fake_block *next;
	max_align_t bytes[];
};

void *
fake_alloc(struct fake_memory *m, size_t size)
{
	struct fake_block *block = calloc(1, sizeof(*block) + size);

	assert_non_null(block);
	block->next = m->blocks;
	m->blocks = block;
	return block->bytes;
}

void
fake_forget(struct fake_memory *m)
{
	struct fake_block *next;

	for (struct fake_block *b = m->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	m->blocks = NULL;
}

static struct vb_str
copy(struct fake_memory *m, struct vb_str text)
{
	char *p = fake_alloc(m, text.n + 1);

	if (text.n > 0)
		memcpy(p, text.p, text.n);
	return (struct vb_str){ p, text.n };
}

/* Puts a line, or what there is room for, behind what `to` holds. */
VB_PRINTF(3, 0)
static void
say(char *to, size_t size, const char *fmt, va_list ap)
{
	size_t n = strlen(to);

	vsnprintf(to + n, size - n, fmt, ap);
}

VB_PRINTF(3, 4)
static void
put(char *to, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(to, size, fmt, ap);
	va_end(ap);
}

#define SAY(to, fmt)                             \
	do {                                     \
		va_list ap_;                     \
		va_start(ap_, fmt);              \
		say((to), sizeof(to), fmt, ap_); \
		va_end(ap_);                     \
	} while (0)

/* Sessions. */

static void
put_line(struct vb_session *s, int code, char after, const char *status)
{
	snprintf(s->status, sizeof(s->status), "%s", status ? status : "");
	put(s->lines, sizeof(s->lines), "%d%c%s%s%s\n", code, after, s->status,
	    status ? " " : "", s->text);
}

VB_PRINTF(4, 5)
static enum vb_verdict
reply(struct vb_session *s, int code, const char *status, const char *fmt, ...)
{
	if (s->code != 0)
		return VB_DONE;
	s->code = code;
	s->text[0] = '\0';
	SAY(s->text, fmt);
	put_line(s, code, ' ', status);
	return VB_DONE;
}

VB_PRINTF(4, 5)
static void
reply_more(
    struct vb_session *s, int code, const char *status, const char *fmt, ...)
{
	s->text[0] = '\0';
	SAY(s->text, fmt);
	put_line(s, code, '-', status);
}

VB_PRINTF(4, 5)
static void
log_line(struct vb_session *s, enum vb_level level, const char *event,
    const char *fmt, ...)
{
	(void)level;
	put(s->logged, sizeof(s->logged), "%s ", event);
	SAY(s->logged, fmt);
	put(s->logged, sizeof(s->logged), "\n");
}

static void *
session_alloc(struct vb_session *s, size_t size)
{
	return fake_alloc(&s->memory, size);
}

VB_PRINTF(2, 3)
static struct vb_str
print(struct vb_session *s, const char *fmt, ...)
{
	char text[4096] = "";

	SAY(text, fmt);
	return copy(&s->memory, vb_str(text));
}

static const struct vb_client *
client(const struct vb_session *s)
{
	return &s->client;
}

static const struct vb_transaction *
transaction(const struct vb_session *s)
{
	return s->is_open ? &s->transaction : NULL;
}

static void *
session_data(struct vb_session *s)
{
	return s->data;
}

static void *
transaction_data(struct vb_session *s)
{
	return s->is_open ? s->more_data : NULL;
}

static void
greet(struct vb_session *s, struct vb_str name, bool extended)
{
	snprintf(s->greeted_as, sizeof(s->greeted_as), "%.*s", VB_FMT(name));
	s->client.helo = vb_str(s->greeted_as);
	s->client.is_extended = extended;
	s->is_open = false;
}

static void
close_session(struct vb_session *s)
{
	s->is_closed = true;
}

static void
open_transaction(
    struct vb_session *s, const char *kind, const struct vb_path *reverse_path)
{
	struct vb_path *path = fake_alloc(&s->memory, sizeof(*path));

	*path = *reverse_path;
	s->is_open = true;
	s->transaction = (struct vb_transaction){
		.size = sizeof(s->transaction),
		.id = VB_STR("FAKE1"),
		.kind = kind,
		.reverse_path = path,
	};
}

static void
reset(struct vb_session *s)
{
	s->is_open = false;
	s->resets++;
}

static enum vb_room
room(struct vb_session *s, const struct vb_found *whom)
{
	(void)whom;
	return s->room == VB_ROOM_PENDING ? VB_ROOM_LEFT : s->room;
}

static void
expect(struct vb_session *s, uint64_t octets)
{
	s->expected = octets;
}

static bool
add_recipient(struct vb_session *s, const struct vb_found *whom)
{
	(void)whom;
	if (s->is_full)
		return false;
	s->recipients++;
	s->transaction.recipients++;
	return true;
}

static enum vb_verdict
take_message(struct vb_session *s, int code, const char *text)
{
	s->taken = code;
	return reply(s, code, NULL, "%s", text);
}

static enum vb_verdict
commit(struct vb_session *s)
{
	return s->committed;
}

VB_PRINTF(2, 3)
static void
add_field(struct vb_session *s, const char *fmt, ...)
{
	SAY(s->fields, fmt);
	put(s->fields, sizeof(s->fields), "\n");
}

static void
write_bytes(struct vb_session *s, struct vb_str bytes)
{
	put(s->written, sizeof(s->written), "%.*s", VB_FMT(bytes));
}

VB_PRINTF(2, 3)
static void
remark(struct vb_session *s, const char *fmt, ...)
{
	s->remark[0] = '\0';
	SAY(s->remark, fmt);
}

static const struct vb_found *
recipient(const struct vb_session *s, size_t n)
{
	return s->is_open && n < s->transaction.recipients ? &s->to[n] : NULL;
}

static void
settle(struct vb_session *s, size_t n, enum vb_outcome outcome,
    const char *status, const char *text)
{
	if (outcome == VB_DELIVERED)
		put(s->settled, sizeof(s->settled), "%zu delivered\n", n);
	else
		put(s->settled, sizeof(s->settled), "%zu never %s %s\n", n,
		    status, text);
}

static enum vb_presence
presence(struct vb_session *s, const struct vb_found *whom)
{
	assert_int_equal(whom->kind, VB_MAILBOX);
	return s->presence;
}

static void
keep(struct vb_session *s)
{
	s->keeps = true;
}

static enum vb_shown
show(struct vb_session *s, size_t n, bool is_mailed)
{
	put(s->shown, sizeof(s->shown), "%.*s%s\n", VB_FMT(s->to[n].mailbox),
	    is_mailed ? " mailed" : "");
	return s->shows[n];
}

static void
put_domains(
    char *to, size_t size, const struct vb_strings *domains, const char *end)
{
	for (size_t i = 0; i < domains->n; i++)
		put(to, size, "%s%.*s", i == 0 ? "" : ",",
		    VB_FMT(domains->items[i]));
	put(to, size, "%s\n", end);
}

static const struct vb_kept *
kept(struct vb_session *s, const struct vb_strings *domains)
{
	put_domains(s->asked_kept, sizeof(s->asked_kept), domains, "");
	return &s->kept;
}

static const struct vb_kept *
let_go(struct vb_session *s, const struct vb_strings *domains)
{
	put_domains(s->asked_kept, sizeof(s->asked_kept), domains, "!");
	return &s->let_go;
}

static void
turn(struct vb_session *s, const struct vb_strings *domains, bool turns_back)
{
	put_domains(
	    s->turned, sizeof(s->turned), domains, turns_back ? " back" : "");
}

static bool
is_from(const struct vb_session *s, const struct vb_networks *networks)
{
	return networks->n > 0 && s->is_near;
}

static const struct vb_verb *
usable(const struct vb_session *s, size_t n)
{
	const struct vb_verb *verb = s->usable;

	while (verb != NULL && verb->name != NULL && n > 0) {
		verb++;
		n--;
	}
	return verb == NULL || verb->name == NULL ? NULL : verb;
}

static struct vb_str
keyword(struct vb_session *s, size_t n)
{
	const char *const *word = s->keywords;

	while (word != NULL && *word != NULL && n > 0) {
		word++;
		n--;
	}
	return vb_str(word == NULL ? NULL : *word);
}

static uint64_t
count(struct vb_session *s, const char *what, const struct vb_seconds *window,
    unsigned more)
{
	assert_non_null(what);
	assert_true(window->value > 0);
	return s->counted += more;
}

static const struct vb_found *
lookup_text(struct vb_session *s, struct vb_str text)
{
	snprintf(s->looked_up, sizeof(s->looked_up), "%.*s", VB_FMT(text));
	assert_non_null(s->found);
	return s->found;
}

static const struct vb_found *
lookup(struct vb_session *s, const struct vb_path *path)
{
	return lookup_text(s, path->mailbox);
}

/* Lookups. */

static struct vb_found
copy_found(struct fake_memory *m, const struct vb_found *whom)
{
	struct vb_found *items, one = *whom;

	one.user = copy(m, whom->user);
	one.home = copy(m, whom->home);
	one.full_name = copy(m, whom->full_name);
	one.mailbox = copy(m, whom->mailbox);
	one.items = items = fake_alloc(m, whom->n_items * sizeof(*items));
	for (size_t i = 0; i < whom->n_items; i++)
		items[i] = copy_found(m, &whom->items[i]);
	return one;
}

/* A query is the .q of a struct fake_query: fake_find() made it so. */
static void
found(struct vb_query *q, const struct vb_found *whom)
{
	struct fake_query *f = (void *)((char *)q -
					offsetof(struct fake_query, q));

	assert_true(f->n < sizeof(f->found) / sizeof(f->found[0]));
	f->found[f->n++] = copy_found(&f->memory, whom);
}

VB_PRINTF(4, 5)
static void
query_log(struct vb_query *q, enum vb_level level, const char *event,
    const char *fmt, ...)
{
	struct fake_query *f = (void *)((char *)q -
					offsetof(struct fake_query, q));

	(void)level;
	put(f->logged, sizeof(f->logged), "%s ", event);
	SAY(f->logged, fmt);
	put(f->logged, sizeof(f->logged), "\n");
}

enum vb_known
fake_find(struct fake_query *q, const void *conf)
{
	q->q.size = sizeof(q->q);
	q->n = 0;
	return vb_module.module->lookup->find(&q->q, conf);
}

/* Checks. */

VB_PRINTF(4, 5)
static void
wrong(struct vb_check *c, const char *file, int line, const char *fmt, ...)
{
	put(c->told, sizeof(c->told), "%s:", file != NULL ? file : "");
	if (line > 0)
		put(c->told, sizeof(c->told), "%d:", line);
	put(c->told, sizeof(c->told), " ");
	SAY(c->told, fmt);
	put(c->told, sizeof(c->told), "\n");
}

const char *
fake_check(struct vb_check *c, const void *conf)
{
	c->told[0] = '\0';
	vb_module.module->check(c, conf);
	return c->told;
}

/* Deliveries. */

static struct fake_delivery *
fake_of(struct vb_delivery *d)
{
	return (void *)((char *)d - offsetof(struct fake_delivery, d));
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static ptrdiff_t
read_message(struct vb_delivery *d, void *bytes, size_t n)
{
	struct fake_delivery *f = fake_of(d);
	size_t end = f->error != 0 ? least(f->error_after, f->n) : f->n;

	if (f->error != 0 && f->at == end) {
		errno = f->error;
		return -1;
	}
	n = least(n, end - f->at);
	if (f->step > 0)
		n = least(n, f->step);
	memcpy(bytes, f->text + f->at, n);
	f->at += n;
	return (ptrdiff_t)n;
}

static bool
rewind_message(struct vb_delivery *d)
{
	struct fake_delivery *f = fake_of(d);

	errno = ESPIPE;
	if (!f->is_once)
		f->at = 0;
	return !f->is_once;
}

/* What a piece of a pattern becomes: a letter itself, "{user}" the user. Empty
   when that could lead elsewhere. */
static struct vb_str
value_of(const struct vb_delivery *d, struct vb_str piece)
{
	struct vb_str value = { 0 };

	if (piece.n == 1)
		return piece;
	if (vb_str_eq(piece, VB_STR("{home}")))
		return d->home;
	if (vb_str_eq(piece, VB_STR("{user}")))
		value = d->user;
	if (vb_str_eq(piece, VB_STR("{domain}")))
		value = d->domain;
	if (value.n == 0 || value.p[0] == '.' ||
	    memchr(value.p, '/', value.n) || memchr(value.p, '\0', value.n))
		return (struct vb_str){ 0 };
	return value;
}

static const char *
path_of(struct vb_delivery *d, struct vb_str rest)
{
	struct fake_delivery *f = fake_of(d);
	char path[1024] = "";
	struct vb_str piece;
	const char *end;

	put(path, sizeof(path), "%s", f->root);
	for (; rest.n > 0; rest.p += piece.n) {
		end = rest.p[0] == '{' ? memchr(rest.p, '}', rest.n) : rest.p;
		if (end == NULL)
			return NULL;
		piece = (struct vb_str){ rest.p, (size_t)(end - rest.p) + 1 };
		rest.n -= piece.n;
		if (value_of(d, piece).n == 0)
			return NULL;
		put(path, sizeof(path), "%.*s", VB_FMT(value_of(d, piece)));
	}
	return copy(&f->memory, vb_str(path)).p;
}

/* A directory that is open until the delivery is over. */
struct fake_open {
	struct fake_open *next;
	const char *path;
	int fd;
};

static int
open_directory(struct fake_delivery *f, const char *path)
{
	char *p = fake_alloc(&f->memory, strlen(path) + 1);

	for (size_t i = 0; path[i] != '\0'; i++) {
		if (i > 0 && path[i] == '/')
			mkdir(p, 0700);
		p[i] = path[i];
	}
	mkdir(p, 0700);
	return open(p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The same descriptor for the same path, as in the core. */
static int
directory(struct vb_delivery *d, const char *path)
{
	struct fake_delivery *f = fake_of(d);
	struct fake_open *o = f->opened;

	while (o != NULL && strcmp(o->path, path) != 0)
		o = o->next;
	if (o != NULL)
		return o->fd;
	o = fake_alloc(&f->memory, sizeof(*o));
	o->path = copy(&f->memory, vb_str(path)).p;
	o->fd = open_directory(f, path);
	if (o->fd < 0)
		return -1;
	o->next = f->opened;
	f->opened = o;
	return o->fd;
}

/* A module that closed one of them fails the test. */
static void
close_directories(struct fake_delivery *f)
{
	for (; f->opened != NULL; f->opened = f->opened->next)
		assert_int_equal(close(f->opened->fd), 0);
}

static bool
sync_later(struct vb_delivery *d, int fd)
{
	struct fake_delivery *f = fake_of(d);
	char link[64], path[1024];
	ssize_t n;

	errno = EIO;
	if (f->cannot_sync)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	assert_true(n > (ssize_t)strlen(f->root));
	path[n] = '\0';
	assert_memory_equal(path, f->root, strlen(f->root));
	put(f->synced[f->half], sizeof(f->synced[0]), "%s\n",
	    path + strlen(f->root));
	return true;
}

/* What deliveries of one batch lend each other. */
enum { LENT_MOST = 16 };
static struct lent {
	char name[64];
	int fd;
} lent[LENT_MOST];
static size_t n_lent;

static void
lend(struct vb_delivery *d, struct vb_str name, int fd)
{
	struct lent *l = &lent[n_lent++];

	(void)d;
	assert_true(n_lent <= LENT_MOST);
	snprintf(l->name, sizeof(l->name), "%.*s", VB_FMT(name));
	l->fd = fd;
}

static int
borrow(struct vb_delivery *d, struct vb_str name)
{
	size_t i = n_lent;

	(void)d;
	while (i > 0 && !vb_str_eq(vb_str(lent[i - 1].name), name))
		i--;
	return i > 0 ? lent[i - 1].fd : -1;
}

static void
close_lent(void)
{
	while (n_lent > 0)
		close(lent[--n_lent].fd);
}

static void *
delivery_data(struct vb_delivery *d)
{
	return fake_of(d)->data;
}

VB_PRINTF(2, 3)
static enum vb_outcome
delivered(struct vb_delivery *d, const char *fmt, ...)
{
	SAY(fake_of(d)->said, fmt);
	return VB_DELIVERED;
}

VB_PRINTF(3, 4)
static enum vb_outcome
later(struct vb_delivery *d, const char *status, const char *fmt, ...)
{
	put(fake_of(d)->status, sizeof(fake_of(d)->status), "%s", status);
	SAY(fake_of(d)->said, fmt);
	return VB_LATER;
}

VB_PRINTF(3, 4)
static enum vb_outcome
never(struct vb_delivery *d, const char *status, const char *fmt, ...)
{
	put(fake_of(d)->status, sizeof(fake_of(d)->status), "%s", status);
	SAY(fake_of(d)->said, fmt);
	return VB_NEVER;
}

int
fake_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
begin_delivery(struct fake_delivery *f, bool is_alone)
{
	assert_true(vb_module.module->delivery_size <= sizeof(f->data));
	memset(f->data, 0, sizeof(f->data));
	f->d.size = sizeof(f->d);
	f->d.is_alone = is_alone;
	f->n = f->n > 0 ? f->n : strlen(f->text);
	f->at = 0;
	f->half = FAKE_DELIVER;
	f->status[0] = f->said[0] = '\0';
	f->synced[FAKE_DELIVER][0] = f->synced[FAKE_PUBLISH][0] = '\0';
}

/* The sync behind a half. */
static void
sync_half(struct fake_delivery *f)
{
	if (f->outcome == VB_DELIVERED && f->bad_sync == f->half + 1)
		f->outcome = later(&f->d, "4.3.0", "sync: %s", strerror(EIO));
}

static void
second_half(struct fake_delivery *f, bool was_good, const void *conf)
{
	const struct vb_module *m = vb_module.module;

	f->half = FAKE_PUBLISH;
	if (was_good && f->outcome == VB_DELIVERED)
		f->outcome = m->publish(&f->d, conf);
	else if (was_good && m->abandon != NULL)
		m->abandon(&f->d, conf);
}

static void
second_halves(struct fake_delivery *f, size_t n, const void *conf)
{
	for (size_t i = 0; i < n; i++) {
		const bool was_good = f[i].outcome == VB_DELIVERED;

		sync_half(&f[i]);
		if (f[i].dies_between)
			return;
		second_half(&f[i], was_good, conf);
	}
	for (size_t i = 0; i < n; i++)
		sync_half(&f[i]);
}

void
fake_deliver_batch(struct fake_delivery *f, size_t n, const void *conf)
{
	for (size_t i = 0; i < n; i++) {
		begin_delivery(&f[i], n == 1);
		f[i].outcome = vb_module.module->deliver(&f[i].d, conf);
	}
	if (vb_module.module->publish != NULL)
		second_halves(f, n, conf);
	for (size_t i = 0; i < n; i++)
		close_directories(&f[i]);
	close_lent();
}

enum vb_outcome
fake_deliver(struct fake_delivery *f, const void *conf)
{
	fake_deliver_batch(f, 1, conf);
	return f->outcome;
}

enum vb_outcome
fake_room(struct fake_delivery *f, uint64_t octets, const void *conf)
{
	f->d.size = sizeof(f->d);
	f->at = f->n = 0;
	f->status[0] = f->said[0] = '\0';
	return vb_module.module->room(&f->d, octets, conf);
}

enum vb_known
fake_route(struct vb_route *r, const char *domain, const void *conf)
{
	*r = (struct vb_route){ .size = sizeof(*r), .domain = vb_str(domain) };
	return vb_module.module->route(r, conf);
}

char *
fake_root_create(void)
{
	char *root = strdup("/tmp/fake-XXXXXX");

	assert_non_null(root);
	assert_non_null(mkdtemp(root));
	return root;
}

void
fake_root_remove(const char *root)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
}

/* Configuration. */

static uint64_t
scaled(const char *text, const char *units, const uint64_t *factors)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);
	const char *unit = *end != '\0' ? strchr(units, *end) : NULL;

	return unit != NULL ? value * factors[unit - units] : value;
}

static struct vb_seconds
seconds(const char *text)
{
	static const uint64_t factors[] = { 1, 60, 3600, 86400 };

	return (struct vb_seconds){ (int64_t)scaled(text, "smhd", factors) };
}

static struct vb_bytes
bytes(const char *text)
{
	static const uint64_t factors[] = { 1 << 10, 1 << 20, 1 << 30 };

	return (struct vb_bytes){ scaled(text, "kMG", factors) };
}

static struct vb_choice
choice(const char *choices, const char *text)
{
	const size_t n = strlen(text);
	int value = 0;

	for (const char *p = choices; p != NULL; value++) {
		if (strncmp(p, text, n) == 0 && strchr("|", p[n]) != NULL)
			return (struct vb_choice){ value };
		p = strchr(p, '|');
		p = p != NULL ? p + 1 : NULL;
	}
	fail_msg("\"%s\" is not among %s", text, choices);
	return (struct vb_choice){ 0 };
}

static struct vb_strings
strings(struct fake_memory *m, const char *text)
{
	struct vb_str *items = fake_alloc(m, strlen(text) * sizeof(*items));
	size_t n = 0;

	for (; *text != '\0'; text += strspn(text, " ")) {
		items[n++] = (struct vb_str){ text, strcspn(text, " ") };
		text += strcspn(text, " ");
	}
	return (struct vb_strings){ items, n };
}

static void set_defaults(
    struct fake_memory *m, void *conf, const struct vb_option *options);

static void
set(struct fake_memory *m, const struct vb_option *option, void *field,
    const char *text)
{
	switch (option->type) {
	case VB_OPTION_BOOL:
		*(bool *)field = strcmp(text, "true") == 0;
		break;
	case VB_OPTION_INT:
		*(int *)field = atoi(text);
		break;
	case VB_OPTION_STRING:
		*(struct vb_str *)field = vb_str(text);
		break;
	case VB_OPTION_SECONDS:
		*(struct vb_seconds *)field = seconds(text);
		break;
	case VB_OPTION_BYTES:
		*(struct vb_bytes *)field = bytes(text);
		break;
	case VB_OPTION_CHOICE:
		*(struct vb_choice *)field = choice(option->choices, text);
		break;
	case VB_OPTION_FILE:
		*(struct vb_file *)field = (struct vb_file){
			*text != '\0' ? text : NULL
		};
		break;
	case VB_OPTION_STRINGS:
		*(struct vb_strings *)field = strings(m, text);
		break;
	case VB_OPTION_GROUP:
		set_defaults(m, field, option->group);
		break;
	case VB_OPTION_NETWORK:
	case VB_OPTION_NETWORKS:
	case VB_OPTION_LIST:
		break;
	}
}

static void
set_defaults(struct fake_memory *m, void *conf, const struct vb_option *options)
{
	for (const struct vb_option *o = options; o && o->name; o++)
		set(m, o, (char *)conf + o->offset, o->initial);
}

static const struct vb_option *
option_named(struct vb_str name)
{
	const struct vb_option *o = vb_module.module->options;

	for (; o != NULL && o->name != NULL; o++)
		if (vb_str_eq(vb_str(o->name), name))
			return o;
	fail_msg("the module has no option %.*s", VB_FMT(name));
	return NULL;
}

void *
fake_conf(struct fake_memory *m)
{
	void *conf = fake_alloc(m, vb_module.module->conf_size);

	set_defaults(m, conf, vb_module.module->options);
	return conf;
}

void *
fake_field(void *conf, const char *name)
{
	return (char *)conf + option_named(vb_str(name))->offset;
}

void
fake_set(struct fake_memory *m, void *conf, const char *name, const char *text)
{
	set(m, option_named(vb_str(name)), fake_field(conf, name), text);
}

const struct vb_core fake_core = {
	.size = sizeof(struct vb_core),
	.major = VB_MAJOR,
	.minor = VB_MINOR_NEWEST,
	.reply = reply,
	.reply_more = reply_more,
	.log = log_line,
	.alloc = session_alloc,
	.print = print,
	.client = client,
	.transaction = transaction,
	.session_data = session_data,
	.transaction_data = transaction_data,
	.greet = greet,
	.close = close_session,
	.open = open_transaction,
	.reset = reset,
	.add_recipient = add_recipient,
	.take_message = take_message,
	.commit = commit,
	.add_field = add_field,
	.write = write_bytes,
	.lookup = lookup,
	.lookup_text = lookup_text,
	.found = found,
	.read = read_message,
	.rewind = rewind_message,
	.path = path_of,
	.directory = directory,
	.lend = lend,
	.borrow = borrow,
	.sync = sync_later,
	.delivery_data = delivery_data,
	.room = room,
	.expect = expect,
	.delivered = delivered,
	.later = later,
	.never = never,
	.usable = usable,
	.keyword = keyword,
	.count = count,
	.query_log = query_log,
	.remark = remark,
	.recipient = recipient,
	.settle = settle,
	.presence = presence,
	.keep = keep,
	.show = show,
	.kept = kept,
	.let_go = let_go,
	.turn = turn,
	.is_from = is_from,
	.wrong = wrong,
};

void
fake_use(void)
{
	*vb_module.core = &fake_core;
}

#ifndef CORE_SMTP_API_H
#define CORE_SMTP_API_H

#include <verbena/module.h>

/*
 * What modules reach through the table of functions, as <verbena/session.h> and
 * <verbena/lookup.h> tell it; and core/smtp calls some itself.
 */
enum vb_verdict core_reply(struct vb_session *vs, int code, const char *status,
    const char *fmt, ...) VB_PRINTF(4, 5);
void core_reply_more(struct vb_session *vs, int code, const char *status,
    const char *fmt, ...) VB_PRINTF(4, 5);
void core_open(struct vb_session *vs, const char *kind,
    const struct vb_path *reverse_path);
void core_reset(struct vb_session *vs);
bool core_add_recipient(struct vb_session *vs, const struct vb_found *whom);
enum vb_verdict core_take_message(
    struct vb_session *vs, int code, const char *text);
enum vb_verdict core_commit(struct vb_session *vs);
void core_write(struct vb_session *vs, struct vb_str octets);
void core_add_field(struct vb_session *vs, const char *fmt, ...)
    VB_PRINTF(2, 3);
const struct vb_found *core_lookup(
    struct vb_session *vs, const struct vb_path *path);
const struct vb_found *core_lookup_text(
    struct vb_session *vs, struct vb_str text);
enum vb_room core_room(struct vb_session *vs, const struct vb_found *whom);
void core_expect(struct vb_session *vs, uint64_t octets);
void core_log(struct vb_session *vs, enum vb_level level, const char *event,
    const char *fmt, ...) VB_PRINTF(4, 5);
void *core_alloc(struct vb_session *vs, size_t size);
struct vb_str core_print(struct vb_session *vs, const char *fmt, ...)
    VB_PRINTF(2, 3);
const struct vb_client *core_client(const struct vb_session *vs);
const struct vb_transaction *core_transaction(const struct vb_session *vs);
void *core_session_data(struct vb_session *vs);
void *core_transaction_data(struct vb_session *vs);
void core_greet(struct vb_session *vs, struct vb_str name, bool extended);
void core_close(struct vb_session *vs);
const struct vb_verb *core_usable(const struct vb_session *vs, size_t n);
struct vb_str core_keyword(struct vb_session *vs, size_t n);
void core_remark(struct vb_session *vs, const char *fmt, ...) VB_PRINTF(2, 3);
const struct vb_found *core_recipient(const struct vb_session *vs, size_t n);
void core_settle(struct vb_session *vs, size_t n, enum vb_outcome outcome,
    const char *status, const char *text);
enum vb_presence core_presence(
    struct vb_session *vs, const struct vb_found *whom);
void core_keep(struct vb_session *vs);
enum vb_shown core_show(struct vb_session *vs, size_t n, bool is_mailed);
const struct vb_kept *core_kept(
    struct vb_session *vs, const struct vb_strings *domains);
const struct vb_kept *core_let_go(
    struct vb_session *vs, const struct vb_strings *domains);
void core_turn(
    struct vb_session *vs, const struct vb_strings *domains, bool turns_back);
bool core_is_from(
    const struct vb_session *vs, const struct vb_networks *networks);
uint64_t core_count(struct vb_session *vs, const char *what,
    const struct vb_seconds *window, unsigned more);

#endif

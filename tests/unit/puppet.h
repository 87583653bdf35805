#ifndef TESTS_UNIT_PUPPET_H
#define TESTS_UNIT_PUPPET_H

#include <verbena/module.h>

/*
 * The strings of the module "puppet", which does nothing of its own: what its
 * hooks (two at every point, `which` 0 and 1) and its verbs do, a test says.
 * The module exports a pointer to them, `puppet_strings`.
 */
struct puppet {
	enum vb_verdict (*hook)(
	    struct vb_session *s, const struct vb_event *event, int which);
	enum vb_verdict (*verb)(
	    struct vb_session *s, const struct vb_argument *a, bool more);
	enum vb_known (*find)(struct vb_query *q);
	enum vb_known (*route)(struct vb_route *r);
};

enum { PUPPET_SLOT = 32 }; /* octets of its session and transaction data */

#endif

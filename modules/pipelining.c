/*
 * PIPELINING: commands may be sent without waiting for replies (RFC 2920). The
 * core always takes them so; this tells the client.
 */
#include <verbena/module.h>

static const struct vb_extension extensions[] = {
	{ VB_EXTENSION, .keyword = "PIPELINING" },
	{ 0 },
};

VB_MODULE(pipelining, "1.0"){
	.about = "the extension PIPELINING (RFC 2920)",
	.extensions = extensions,
};
